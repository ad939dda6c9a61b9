package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"tram06/hal"
	"tram06/hal/pcsc"
)

var (
	// errNoCard: nobody laid a card down in time.
	errNoCard = errors.New("no card")
	// errCalledOff: the person at the keyboard ended it.
	errCalledOff = errors.New("called off")
)

// await waits for a reader, then for a card on it, and says what it waits for.
func (r *cardRead) await(ctx context.Context, got *reading, uri string) (hal.CardReader, hal.Card, error) {
	wait := ctx
	if r.flags.timeout > 0 {
		var cancel context.CancelFunc
		wait, cancel = context.WithTimeout(ctx, r.flags.timeout)
		defer cancel()
	}
	said := ""
	say := func(s string) {
		if s != said {
			r.hint("%s", s)
		}
		said = s
	}
	pause := time.NewTicker(r.poll)
	defer pause.Stop()
	for {
		reader, card, err := r.card(wait, uri, got, say)
		if err == nil {
			return reader, card, nil
		}
		switch {
		case ctx.Err() != nil:
			return nil, nil, errCalledOff
		case wait.Err() != nil:
			err := fmt.Errorf("%w within %v", errNoCard, r.flags.timeout)
			if said != "" {
				err = fmt.Errorf("%w: %s", err, said)
			}
			return nil, nil, err
		case !errors.Is(err, hal.ErrGone):
			return nil, nil, err
		}
		say("waiting for a card reader: " + absence(err))
		select {
		case <-wait.Done():
		case <-pause.C:
		}
	}
}

// card tries once to open the reader, and waits for a card as long as the
// reader stays.
func (r *cardRead) card(ctx context.Context, uri string, got *reading, say func(string)) (hal.CardReader, hal.Card, error) {
	reader, err := hal.Open[hal.CardReader](ctx, r.registry, uri)
	if err != nil {
		return nil, nil, err
	}
	got.reader = reader.URI()
	if named, ok := reader.(interface{ Name() string }); ok {
		got.reader = named.Name()
	}
	card, err := r.lying(ctx, reader)
	if card == nil && err == nil {
		hint := "lay the card on the reader %q"
		if reader.Present() {
			hint = "the card on the reader %q does not answer: lay it in the middle, and end what else uses the reader, such as a kiosk"
		}
		say(fmt.Sprintf(hint, got.reader))
		card, err = reader.Wait(ctx)
	}
	if err != nil {
		return nil, nil, errors.Join(err, reader.Close())
	}
	return reader, card, nil
}

// lying takes a card that is there already, and answers soon. Neither a card
// nor an error means that there is something to tell the person.
func (r *cardRead) lying(ctx context.Context, reader hal.CardReader) (hal.Card, error) {
	if !reader.Present() {
		return nil, nil
	}
	soon, cancel := context.WithTimeout(ctx, r.patience)
	defer cancel()
	card, err := reader.Wait(soon)
	if err != nil && soon.Err() != nil && ctx.Err() == nil {
		return nil, nil
	}
	return card, err
}

// readerURI takes a URI as it is, and anything else as part of a name.
func readerURI(s string) (string, error) {
	if !strings.Contains(s, ":/") {
		if s == "" {
			return "pcsc:///", nil
		}
		return "pcsc:///?" + url.Values{"reader": {s}}.Encode(), nil
	}
	u, err := url.Parse(s)
	if err != nil {
		return "", usageError{fmt.Errorf("--reader: %w", err)}
	}
	// A name in the place of a host would be passed over, and some other
	// reader taken.
	if u.Scheme == "pcsc" && (u.Host != "" || strings.Trim(u.Path, "/") != "") {
		return "", usageError{errors.New("--reader: a URI names the reader like this: pcsc:///?reader=ACR1252")}
	}
	return s, nil
}

// absence says why there is no reader, for the person who can plug one in.
func absence(err error) string {
	var none *pcsc.NoReaderError
	switch {
	case !errors.As(err, &none):
		return fmt.Sprintf("is pcscd running? (%v)", err)
	case len(none.Have) == 0:
		return "none is plugged in"
	case none.Want == "":
		return fmt.Sprintf("none of these takes a card: %q", none.Have)
	}
	return fmt.Sprintf("none is like %q; there are %q", none.Want, none.Have)
}
