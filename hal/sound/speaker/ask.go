package speaker

import (
	"errors"
	"time"
)

const (
	// beginning is how long a card may take to begin: a sound server that has to
	// be started takes a second.
	beginning = 2 * time.Second
	// ending is how long it may take to rest, or to close.
	ending = 400 * time.Millisecond
)

// errHangs: the card does not come back from a call.
var errHangs = errors.New("the sound card does not answer")

// ask has the card do something for whoever has the turn. Sound systems hang, and
// nothing calls them off: whoever waits for one is let go when its time is up, or
// until is closed. Such a card is asked for nothing more before it has answered,
// which only its closing still waits for.
func (s *Speaker) ask(most time.Duration, until <-chan struct{}, call func() error) error {
	before := s.hangs
	answer, answered := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(answered)
		if before != nil {
			<-before
		}
		answer <- call()
	}()
	late := time.NewTimer(most)
	defer late.Stop()
	select {
	case err := <-answer:
		return err
	case <-late.C:
	case <-until:
	}
	s.hangs = answered
	return errHangs
}
