package kiosk

import (
	"context"
	"errors"
	"sync"
	"time"

	"tram06/firmware/health"
	"tram06/firmware/session"
	"tram06/hal"
)

// How long one reading may take, and how long a card that lies there may take
// to answer again.
const (
	readTimeout    = 30 * time.Second
	reactivateTime = 3 * time.Second
)

// maxFlicker bounds how often a card that left in the middle, and that the
// reader goes on calling present, is taken for one that was laid back at once.
// A card at the edge of the field would else be tried for ever.
const maxFlicker = 3

// noticeTime is longer than any reader takes to notice that a card was lifted.
const noticeTime = time.Second

// reader follows the card on the reader and reads it when asked.
type reader struct {
	k    *Kiosk
	want chan session.ReadCard

	mu      sync.Mutex
	serving bool
	active  session.ID
	stopped session.ID
	cancel  context.CancelFunc
}

func newReader(k *Kiosk) *reader { return &reader{k: k, want: make(chan session.ReadCard, 1)} }

func (r *reader) read(e session.ReadCard) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.serving {
		select {
		case r.want <- e:
			return
		default:
		}
	}
	go r.k.post(session.CardFailed{ID: e.ID, Code: health.ReaderGone})
}

func (r *reader) stop(id session.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = id
	if r.active == id && r.cancel != nil {
		r.cancel()
	}
}

func (r *reader) use(ctx context.Context, d hal.CardReader) error {
	flicker := 0
	for {
		card, err := d.Wait(ctx)
		if err != nil {
			return err
		}
		r.k.post(session.CardPlaced{})
		if err := r.serve(ctx, d, card, &flicker); err != nil {
			return err
		}
		r.refuse(health.CardLifted)
		r.k.post(session.CardLifted{})
	}
}

// setServing turns the reader on or off, and refuses what was wanted while the
// device went away.
func (r *reader) setServing(on bool) {
	r.mu.Lock()
	r.serving = on
	r.mu.Unlock()
	if !on {
		r.refuse(health.ReaderGone)
	}
}

// refuse answers a reading that was wanted when the card or the reader left.
func (r *reader) refuse(code health.Code) {
	select {
	case e := <-r.want:
		r.k.post(session.CardFailed{ID: e.ID, Code: code})
	default:
	}
}

// serve reads one card as often as the session wants, until it is lifted. The
// card is released after each reading, so that another program may use it and
// the chip's session keys end.
//
// A reader notices a removal by looking now and then. A card that is torn off
// and laid back between two looks never left, as far as it knows, so that the
// torn reading is the only news of it: some time after it serve ends as if the
// card was lifted.
func (r *reader) serve(ctx context.Context, d hal.CardReader, card hal.Card, flicker *int) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	gone := make(chan error, 1)
	go func() { gone <- d.WaitRemoval(ctx) }()
	release := func() {
		if card != nil {
			if err := card.Release(); err != nil {
				r.k.opt.Log.Debug("card released late", "err", err)
			}
			card = nil
		}
	}
	defer release()
	var back <-chan time.Time
	for {
		select {
		case err := <-gone:
			*flicker = 0
			return err
		case <-back:
			*flicker++
			return nil
		case e := <-r.want:
			if card == nil {
				actx, done := context.WithTimeout(ctx, reactivateTime)
				again, err := d.Wait(actx)
				done()
				if err != nil {
					r.k.post(session.CardFailed{ID: e.ID, Code: health.CardLifted})
					if errors.Is(err, hal.ErrGone) {
						return err
					}
					continue
				}
				card = again
			}
			code := r.one(ctx, card, e)
			release()
			back = nil
			switch {
			case code != health.CardLifted:
				*flicker = 0
			case *flicker < maxFlicker:
				back = time.After(noticeTime)
			}
		}
	}
}

// steps bounds how often the screen is drawn while one part is being read.
const steps = 32

// progress tells the loop how a reading goes. The air is slow and must not wait
// for a screen that is being drawn: news of bytes are passed on in few steps,
// and dropped while the loop is busy. A stage or a name is not.
func (r *reader) progress(id session.ID) func(session.CardProgress) {
	var last session.CardProgress
	return func(p session.CardProgress) {
		p.ID = id
		if p.Stage == last.Stage && p.SoFar.Name == last.SoFar.Name {
			if p.SoFar.Total <= 0 || last.SoFar.Total == p.SoFar.Total &&
				p.SoFar.Done*steps/p.SoFar.Total == last.SoFar.Done*steps/p.SoFar.Total {
				return
			}
			last = p
			select {
			case r.k.events <- p:
			default:
			}
			return
		}
		last = p
		r.k.post(p)
	}
}

// one reads the card once, and gives the code of what went wrong.
func (r *reader) one(ctx context.Context, card hal.Card, e session.ReadCard) (code health.Code) {
	rctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	r.mu.Lock()
	if r.stopped == e.ID {
		r.mu.Unlock()
		return ""
	}
	r.active, r.cancel = e.ID, cancel
	r.mu.Unlock()

	who, err := r.k.opt.ReadCard(rctx, card, e, r.progress(e.ID))
	r.mu.Lock()
	r.active, r.cancel = session.ID{}, nil
	stopped := r.stopped == e.ID
	r.mu.Unlock()
	switch {
	case stopped:
	case err != nil:
		code = CardCode(err)
		if ctx.Err() != nil && code == health.ChipError {
			code = health.ReaderGone // the reading was ended because its device went away
		}
		r.k.opt.Log.Warn("card not read", "code", code, "err", err)
		r.k.post(session.CardFailed{ID: e.ID, Code: code})
	default:
		r.k.opt.Log.Info("card read", "assurance", who.Assurance.String())
		r.k.post(session.CardRead{ID: e.ID, Person: who})
	}
	return code
}
