package fittings_test

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tram06/firmware/fittings"
	"tram06/hal"
)

// dog is a watchdog that refuses its third kick.
type dog struct {
	mu                     sync.Mutex
	kicks, closed, stopped int
}

func (d *dog) count(n *int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	*n++
	return *n
}

func (*dog) URI() string            { return "dog:" }
func (*dog) Health() hal.Health     { return hal.Health{State: hal.Ready} }
func (*dog) Timeout() time.Duration { return 30 * time.Second }
func (d *dog) Close() error         { d.count(&d.closed); return nil }
func (d *dog) Disarm() error        { d.count(&d.stopped); return nil }
func (d *dog) is() (n, closed, s int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.kicks, d.closed, d.stopped
}
func (d *dog) Kick() error {
	if d.count(&d.kicks) == 3 {
		return errors.New("the bus is disturbed")
	}
	return nil
}

// Only a program that ends stops its watchdog: one that is opened again goes on
// counting meanwhile, for the case that this never comes about.
func TestAWatchdogThatIsOpenedAgainIsNotStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &dog{}
		f := fittings.New(fittings.Options{
			URIs:     fittings.URIs{Watchdog: "dog:"},
			Registry: hal.Registry{"dog": func(context.Context, *url.URL) (hal.Device, error) { return d, nil }},
		})
		ctx, end := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { f.Run(ctx); close(done) }()
		wait(time.Minute)
		if kicks, closed, stopped := d.is(); kicks < 4 || closed != 1 || stopped != 0 {
			t.Errorf("%d kicks, closed %d times, stopped %d times", kicks, closed, stopped)
		}
		end()
		<-done
		if _, _, stopped := d.is(); stopped != 1 {
			t.Errorf("stopped %d times at the end", stopped)
		}
	})
}
