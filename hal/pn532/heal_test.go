package pn532_test

import (
	"context"
	"errors"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/i2c"

	"tram06/hal"
	"tram06/hal/pn532"
	"tram06/hal/pn532/sim"
	"tram06/hal/supervisor"
)

// Unplugged and plugged in again, a supervised reader is told gone within a
// second and reads cards again within two, on a clock that is exact.
func TestHeals(t *testing.T) {
	for way, d := range transports {
		t.Run(way, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := sim.New()
				ctx, cancel := context.WithCancel(t.Context())
				states := make(chan hal.State, 10)
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					_ = supervisor.Run(ctx, supervisor.Options[hal.CardReader]{
						URI: "pn532:///", Key: hal.KeyReaderGone,
						Registry: hal.Registry{"pn532": func(ctx context.Context, _ *url.URL) (hal.Device, error) {
							r, err := d(ctx, c, pn532.Options{})
							if err != nil {
								return nil, err
							}
							return r, nil
						}},
						OnHealth: func(h hal.Health) { states <- h.State },
						Use:      func(ctx context.Context, r hal.CardReader) error { return use(ctx, r) },
					})
				}()
				if s := <-states; s != hal.Ready {
					t.Fatal(s)
				}
				for cycle := range 20 {
					pass(time.Minute)
					begun := time.Now()
					c.Unplug()
					if s := <-states; s != hal.Absent {
						t.Fatal(s)
					}
					if d := time.Since(begun); d > time.Second {
						t.Errorf("told gone after %v", d)
					}
					pass(time.Second)
					c.Lift()
					c.Plug()
					c.Lay(sim.NewCard(echo))
					begun = time.Now()
					if s := <-states; s != hal.Ready {
						t.Fatal(s)
					}
					if d := time.Since(begun); d > 2*time.Second {
						t.Errorf("back after %v", d)
					}
					if cycle%2 == 0 { // else it is left lying there
						c.Lift()
					}
				}
				cancel()
				<-ended
			})
		})
	}
}

// use reads every card that comes.
func use(ctx context.Context, r hal.CardReader) error {
	for {
		k, err := r.Wait(ctx)
		if err != nil {
			return err
		}
		if _, err := k.Transmit(ctx, selectFile); err != nil && !errors.Is(err, hal.ErrCardRemoved) {
			return err
		}
		_ = k.Release()
		if err := r.WaitRemoval(ctx); err != nil {
			return err
		}
	}
}

// stuck is a bus of which a transfer never ends, as when a chip holds the clock.
type stuck struct {
	i2c.BusCloser
	hang chan struct{}
}

// A bus that hangs hangs neither Close nor a command's caller.
func TestStuckBus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := sim.New()
		c.Lay(sim.NewCard(echo))
		free := make(chan struct{})
		b := &stuck{c.I2C(), nil}
		r, err := pn532.OpenI2C(t.Context(), b, "pn532+i2c:///I2C1", pn532.Options{})
		if err != nil {
			t.Fatal(err)
		}
		k := wait(t, r)
		b.hang = free
		closeDuring(t, r, k)
		if h := r.Health(); h.State != hal.Absent {
			t.Fatal(h)
		}
		close(free) // what was left behind ends now, or the bubble says so
	})
}

func (b *stuck) Tx(addr uint16, w, r []byte) error {
	if b.hang != nil {
		<-b.hang
	}
	return b.BusCloser.Tx(addr, w, r)
}
