package world

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tram06/hal/vpcd"
)

// Lay lays a card on the reader, after lifting the one that lies there.
func (w *World) Lay(id string) error {
	chip, err := w.chip(id)
	if err != nil {
		return err
	}
	return w.LayChip(id, chip)
}

// LayChip lays any chip on the reader under a name.
func (w *World) LayChip(id string, chip vpcd.Chip) error {
	w.hand.Lock()
	defer w.hand.Unlock()
	w.lift()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	w.mu.Lock()
	reader, pulled := w.o.Reader, w.pulled
	w.mu.Unlock()
	if pulled {
		return errPulled
	}
	slot, err := vpcd.Insert(ctx, reader, chip)
	if err != nil {
		return fmt.Errorf("lay the card: %w", err)
	}
	w.mu.Lock()
	w.slot, w.laid, w.reader = slot, id, ""
	w.mu.Unlock()
	w.changed()
	go func() {
		<-slot.Done()
		w.mu.Lock()
		if w.slot == slot {
			w.slot, w.laid = nil, ""
			w.reader = fmt.Sprintf("The card was lifted after %d APDUs.", slot.APDUs())
		}
		w.mu.Unlock()
		w.changed()
	}()
	return nil
}

// Lift takes the card away, if one lies there.
func (w *World) Lift() error {
	w.hand.Lock()
	defer w.hand.Unlock()
	w.lift()
	return nil
}

func (w *World) lift() {
	w.mu.Lock()
	slot := w.slot
	w.slot, w.laid = nil, ""
	if slot != nil {
		w.reader = fmt.Sprintf("The card was lifted after %d APDUs.", slot.APDUs())
	}
	w.mu.Unlock()
	if slot == nil {
		return
	}
	slot.Remove() // its error is how the connection broke before: it is gone either way
	w.changed()
}

// Tear lifts the card in the middle of what is going on, after so many more
// commands.
func (w *World) Tear(apdus int) error {
	w.mu.Lock()
	slot := w.slot
	if slot != nil {
		slot.RemoveAfter(apdus)
		w.reader = fmt.Sprintf("The card will be lifted after %d more APDUs.", apdus)
	}
	w.mu.Unlock()
	if slot == nil {
		return errNoCard
	}
	w.changed()
	return nil
}

var errNoCard = errors.New("no card lies on the reader")

// APDUs counts the commands that the card on the reader has answered.
func (w *World) APDUs() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.slot == nil {
		return 0
	}
	return w.slot.APDUs()
}
