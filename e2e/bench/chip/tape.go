package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"tram06/firmware/emrtd/apdu"
)

// tape holds what was said in one reading, so that the reading can be repeated
// without the chip: what is measured then is the host alone.
type tape struct {
	said []exchange
}

type exchange struct{ command, answer []byte }

// recorder writes a tape while a chip answers.
type recorder struct {
	chip apdu.Transmitter
	tape tape
}

// Transmit implements apdu.Transmitter.
func (r *recorder) Transmit(ctx context.Context, cmd []byte) ([]byte, error) {
	answer, err := r.chip.Transmit(ctx, cmd)
	if err != nil {
		return nil, err
	}
	r.tape.said = append(r.tape.said, exchange{bytes.Clone(cmd), bytes.Clone(answer)})
	return answer, nil
}

// errOffTape: the reading took another course than when it was recorded.
var errOffTape = errors.New("a reading with the same randomness said something else")

// player answers from a tape. The answers are copied before the reading
// begins, because they are opened in place.
type player struct {
	tape    *tape
	answers [][]byte
	at      int
}

func (t *tape) play() *player {
	p := &player{tape: t}
	for _, e := range t.said {
		p.answers = append(p.answers, bytes.Clone(e.answer))
	}
	return p
}

// Transmit implements apdu.Transmitter.
func (p *player) Transmit(_ context.Context, cmd []byte) ([]byte, error) {
	if p.at == len(p.answers) || !bytes.Equal(cmd, p.tape.said[p.at].command) {
		return nil, fmt.Errorf("command %d: %w", p.at+1, errOffTape)
	}
	p.at++
	return p.answers[p.at-1], nil
}

// ended tells whether all was asked for that had been.
func (p *player) ended() error {
	if p.at != len(p.answers) {
		return fmt.Errorf("%d commands of %d: %w", p.at, len(p.answers), errOffTape)
	}
	return nil
}
