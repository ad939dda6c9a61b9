package pn532_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal"
	"tram06/hal/pn532"
	"tram06/hal/pn532/sim"
)

var nackStorm = bytes.Repeat([]byte{0x00, 0x00, 0xFF, 0xFF, 0x00, 0x00}, 30)

// Messages that come spoiled once in a while are asked for again, and nobody
// hears of it. Acknowledgements are odd numbers here, answers even ones.
func TestNoiseIsOvercome(t *testing.T) {
	flip := func(at int) func([]byte) []byte {
		return func(m []byte) []byte { m[at%len(m)] ^= 0x40; return m }
	}
	cut := func(m []byte) []byte { return m[:len(m)/2] }
	ahead := func(m []byte) []byte { return append([]byte{0xFF, 0x00, 0x55}, m...) }
	for name, k := range map[string]struct {
		answers bool // spoil answers, else acknowledgements
		how     func([]byte) []byte
	}{
		"answer with a wrong checksum":    {true, flip(-1 + 9)},
		"answer with a wrong length":      {true, flip(3)},
		"answer cut":                      {true, cut},
		"answer with noise ahead":         {true, ahead},
		"acknowledgement spoiled":         {false, flip(3)},
		"acknowledgement cut":             {false, cut},
		"acknowledgement with noise":      {false, ahead},
		"acknowledgement after old bytes": {false, func(m []byte) []byte { return append([]byte{0, 0, 0, 0}, m...) }},
	} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, pn532.Options{}, func(t *testing.T, c *sim.Chip, r *pn532.Reader) {
				c.Lay(sim.NewCard(echo))
				k2 := wait(t, r)
				for range 20 {
					c.Spoil(func(n int, m []byte) []byte {
						isAck := len(m) == 6
						if n <= 2 && isAck != k.answers {
							return k.how(m)
						}
						return m
					})
					if got := transmit(t, k2, selectFile); !bytes.Equal(got, echo(selectFile)) {
						t.Fatalf("% X", got)
					}
				}
			})
		})
	}
}

// A lost acknowledgement does not send a command to the card a second time.
func TestAtMostOnce(t *testing.T) {
	everywhere(t, pn532.Options{}, func(t *testing.T, c *sim.Chip, r *pn532.Reader) {
		heard := 0
		c.Lay(sim.NewCard(func(apdu []byte) []byte { heard++; return echo(apdu) }))
		k := wait(t, r)
		c.Spoil(func(n int, m []byte) []byte {
			if len(m) == 6 && n == 1 {
				return nil
			}
			return m
		})
		_, err := k.Transmit(t.Context(), selectFile)
		if heard != 1 {
			t.Fatalf("the card heard the command %d times", heard)
		}
		if err != nil && !errors.Is(err, hal.ErrCardRemoved) {
			t.Fatal(err)
		}
	})
}

// After a talk that broke off the chip is asked for its name again; whoever asks
// the reader for it meanwhile gets the same.
func TestIdentityAfterATalkThatBrokeOff(t *testing.T) {
	everywhere(t, pn532.Options{}, func(t *testing.T, c *sim.Chip, r *pn532.Reader) {
		c.Lay(sim.NewCard(echo))
		k := wait(t, r)
		c.Slow(sim.InDataExchange, time.Hour)
		asked := make(chan hal.Identity, 1)
		go func() { asked <- r.Identity() }()
		if _, err := k.Transmit(t.Context(), selectFile); !errors.Is(err, hal.ErrCardRemoved) {
			t.Fatal(err)
		}
		if before, after := <-asked, r.Identity(); before != after || after.Firmware != "1.6" {
			t.Errorf("%+v before and %+v after", before, after)
		}
	})
}

// bad are peers that are beyond help.
var bad = map[string]func(n int, m []byte) []byte{
	"silence":      func(int, []byte) []byte { return nil },
	"NACK storm":   func(int, []byte) []byte { return bytes.Clone(nackStorm) },
	"flood":        func(int, []byte) []byte { return bytes.Repeat([]byte{0xA5}, 1<<20) },
	"zeros":        func(int, []byte) []byte { return make([]byte, 4000) },
	"frame starts": func(int, []byte) []byte { return bytes.Repeat([]byte{0x00, 0xFF, 0xFE, 0x02}, 1000) },
	"syntax error": func(_ int, m []byte) []byte {
		if len(m) > 6 {
			return []byte{0x00, 0x00, 0xFF, 0x01, 0xFF, 0x7F, 0x81, 0x00}
		}
		return m
	},
	"another's answer": func(_ int, m []byte) []byte {
		if len(m) > 6 {
			return []byte{0x00, 0x00, 0xFF, 0x03, 0xFD, 0xD5, 0x99, 0x00, 0x92, 0x00}
		}
		return m
	},
	"cut answers": func(_ int, m []byte) []byte {
		if len(m) > 6 {
			return m[:7]
		}
		return m
	},
	"empty answers": func(_ int, m []byte) []byte {
		if len(m) > 6 { // the code of the answer and nothing after it
			return []byte{0x00, 0x00, 0xFF, 0x02, 0xFE, 0xD5, m[6], -(0xD5 + m[6]), 0x00}
		}
		return m
	},
}

// A chip that goes bad is given up, whether somebody waits or talks to a card,
// and never mistaken for a card that was lifted.
func TestBadPeers(t *testing.T) {
	for name, spoil := range bad {
		t.Run(name, func(t *testing.T) {
			everywhere(t, pn532.Options{}, func(t *testing.T, c *sim.Chip, r *pn532.Reader) {
				c.Spoil(spoil)
				result := make(chan error, 1)
				go func() {
					_, err := r.Wait(context.Background())
					result <- err
				}()
				if name == "empty answers" { // harmless while nobody is there
					synctest.Wait()
					_ = r.Close()
				}
				begun := time.Now()
				if err := <-result; !errors.Is(err, hal.ErrGone) {
					t.Fatal(err)
				}
				if d := time.Since(begun); d > 3*time.Second {
					t.Errorf("given up after %v", d)
				}
				synctest.Wait()
				if h := r.Health(); h.State != hal.Absent || h.Key != hal.KeyReaderGone || !errors.Is(h.Err, hal.ErrGone) {
					t.Fatal(h)
				}
				if r.Present() {
					t.Fatal("a card on a reader that is gone")
				}
			})
			everywhere(t, pn532.Options{Wait: 2 * time.Second}, func(t *testing.T, c *sim.Chip, r *pn532.Reader) {
				c.Lay(sim.NewCard(echo))
				k := wait(t, r)
				c.Spoil(spoil)
				if _, err := k.Transmit(t.Context(), selectFile); !errors.Is(err, hal.ErrGone) {
					t.Fatal(err)
				}
				if _, err := k.Transmit(t.Context(), selectFile); !errors.Is(err, hal.ErrGone) {
					t.Fatal(err)
				}
			})
		})
	}
}

// A chip that is bad from the start is not opened, and leaves nothing open:
// the simulated buses refuse to be closed twice.
func TestNotOpened(t *testing.T) {
	for name, spoil := range bad {
		for way, d := range transports {
			t.Run(name+" on "+way, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := sim.New()
					c.Spoil(spoil)
					if r, err := d(t.Context(), c, pn532.Options{}); !errors.Is(err, hal.ErrGone) {
						t.Fatal(r, err)
					}
					ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
					defer cancel()
					begun := time.Now()
					if r, err := d(ctx, c, pn532.Options{}); err == nil {
						t.Fatal(r)
					}
					if since := time.Since(begun); since > time.Second {
						t.Fatalf("a cancelled opening took %v", since)
					}
				})
			})
		}
	}
}

// The plug is pulled at every message of a visit: ErrGone within a second, and
// a new reader on the same chip works.
func TestUnpluggedAtEveryStep(t *testing.T) {
	for way, d := range transports {
		t.Run(way, func(t *testing.T) {
			for step, more := 1, true; more; step++ {
				synctest.Test(t, func(t *testing.T) {
					c := sim.New()
					c.Lay(sim.NewCard(echo))
					c.UnplugAt(step)
					more = visit(t, d, c)
					if !more {
						return
					}
					c.Plug()
					c.UnplugAt(0)
					if visit(t, d, c) {
						t.Fatalf("step %d: the chip is plugged in again and does not work", step)
					}
				})
				if step > 200 {
					t.Fatal("the visit never ends")
				}
			}
		})
	}
}

// A plug that is pulled while the card reckons is noticed within a second, not
// when the card's time is up.
func TestUnpluggedDuringACommand(t *testing.T) {
	everywhere(t, pn532.Options{}, func(t *testing.T, c *sim.Chip, r *pn532.Reader) {
		c.Lay(sim.NewCard(echo))
		k := wait(t, r)
		c.Slow(sim.InDataExchange, 10*time.Second)
		result := make(chan error, 1)
		go func() {
			_, err := k.Transmit(context.Background(), selectFile)
			result <- err
		}()
		pass(5 * time.Second) // on the bubble's clock
		c.Unplug()
		begun := time.Now()
		if err := <-result; !errors.Is(err, hal.ErrGone) {
			t.Fatal(err)
		}
		if d := time.Since(begun); d > time.Second {
			t.Errorf("noticed after %v", d)
		}
	})
}

// visit opens, reads, and closes; it tells whether the reader went.
func visit(t *testing.T, d dial, c *sim.Chip) (gone bool) {
	t.Helper()
	check := func(err error) bool {
		if err != nil && !errors.Is(err, hal.ErrGone) {
			t.Fatal(err)
		}
		return err != nil
	}
	r, err := d(t.Context(), c, pn532.Options{})
	if check(err) {
		return true
	}
	defer r.Close()
	k, err := r.Wait(t.Context())
	if check(err) {
		return true
	}
	for range 3 {
		if _, err := k.Transmit(t.Context(), selectFile); check(err) {
			return true
		}
	}
	if err := k.Release(); err != nil {
		t.Fatal(err)
	}
	pass(time.Second) // on the bubble's clock: a few looks
	return r.Health().State == hal.Absent
}

// A dip of the power makes the chip forget its settings; it is set up anew by
// being opened again.
func TestPowerDip(t *testing.T) {
	everywhere(t, pn532.Options{}, func(t *testing.T, c *sim.Chip, r *pn532.Reader) {
		c.Reset()
		if _, err := r.Wait(t.Context()); !errors.Is(err, hal.ErrGone) {
			t.Fatal(err)
		}
	})
}

func TestPlugCycles(t *testing.T) {
	before := runtime.NumGoroutine()
	for way, d := range transports {
		t.Run(way, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := sim.New()
				c.Lay(sim.NewCard(echo))
				for range 1000 {
					r, err := d(t.Context(), c, pn532.Options{})
					if err != nil {
						t.Fatal(err)
					}
					wait(t, r)
					c.Unplug()
					if err := r.WaitRemoval(t.Context()); !errors.Is(err, hal.ErrGone) {
						t.Fatal(err)
					}
					if err := r.Close(); err != nil {
						t.Fatal(err)
					}
					c.Plug()
				}
			}) // a goroutine left behind would be a deadlock of the bubble
		})
	}
	if after := runtime.NumGoroutine(); after > before+2 {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}

// Random noise on every message: the driver may give up a card or the reader,
// but it ends, and a wrong answer never passes for a right one.
func TestRandomNoise(t *testing.T) {
	for seed := range uint64(12) {
		for _, d := range transports {
			synctest.Test(t, func(t *testing.T) {
				rnd := rand.New(rand.NewPCG(seed, 6))
				c := sim.New()
				c.Lay(sim.NewCard(echo))
				c.Spoil(func(_ int, m []byte) []byte {
					switch rnd.IntN(40) {
					case 0:
						return nil
					case 1:
						return m[:rnd.IntN(len(m))]
					case 2:
						m[rnd.IntN(len(m))] ^= byte(1 << rnd.IntN(8))
					case 3:
						return append(bytes.Clone(m), m...)
					}
					return m
				})
				r, err := d(t.Context(), c, pn532.Options{})
				if err != nil {
					return
				}
				defer r.Close()
				for range 20 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					k, err := r.Wait(ctx)
					if err != nil {
						if !errors.Is(err, hal.ErrGone) {
							t.Errorf("seed %d: %v", seed, err)
						}
						return
					}
					for range 5 {
						b, err := k.Transmit(t.Context(), selectFile)
						if err == nil && !bytes.Equal(b, echo(selectFile)) {
							t.Errorf("seed %d: % X", seed, b)
						}
						if err != nil {
							break
						}
					}
					_ = k.Release()
				}
			})
		}
	}
}
