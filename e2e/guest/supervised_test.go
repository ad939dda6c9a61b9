//go:build guest

package guest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"tram06/hal"
	"tram06/hal/supervisor"
	"tram06/hal/uevent"
)

// What the product promises of every device.
const (
	seenWithin   = time.Second
	healedWithin = 2 * time.Second
)

// replugs is how often the plug is pulled and put back.
const replugs = 5

// score is how often a plug is pulled while somebody waits. The thousand times
// are for the transports of package hal's own tests: here each takes the kernel
// half a second.
const score = 20

// few is for devices on a kernel driver that others were pulled from already.
const few = 5

// scores is the same for what is plugged in at once.
const scores = 3 * score

// away is how long a device is gone: so long that the supervisor looks for it
// seldom, and only the kernel's word makes it look in time.
const away = 20 * time.Second

// cord is a device at the end of a cable, and what tries it.
type cord[D hal.Device] struct {
	name, uri, key string

	open         hal.Opener
	plug, unplug func()
	works        func(D) error
}

// heals keeps the device under a supervisor with its usual pauses, pulls the
// plug and puts it back, and measures until the loss is known and until the
// device works again.
func (c cord[D]) heals(t *testing.T) {
	t.Helper()
	var seen, healed time.Duration
	files := 0
	for i := range replugs {
		s, h := c.once(t)
		seen, healed = max(seen, s), max(healed, h)
		switch n := descriptors(t); {
		case i == 0:
			files = n
		case n > files:
			t.Errorf("%d files are open after %d times, %d after the first", n, i+1, files)
		}
	}
	const how = "the longest of %d times, each after 20 s without it; the supervisor's usual pauses, and the kernel's events"
	measured(t, c.name+": unplugged until seen", seen, seenWithin, how, replugs)
	measured(t, c.name+": plugged in until it works again", healed, healedWithin, how, replugs)
}

// once begins and ends with the device plugged in. Each time has a supervisor
// of its own, which backs off from a device that comes and goes all day.
func (c cord[D]) once(t *testing.T) (seen, healed time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	kernel, err := uevent.Listen()
	if err != nil {
		t.Fatal(err)
	}
	hub := uevent.NewHub(kernel)
	defer hub.Close()
	health := make(chan hal.Health, 64)
	devices := make(chan D)
	ended := make(chan error, 1)
	scheme, _, _ := strings.Cut(c.uri, ":")
	go func() {
		ended <- supervisor.Run(ctx, supervisor.Options[D]{
			URI: c.uri, Registry: hal.Registry{scheme: c.open}, Key: c.key, Wake: hub.Wake(c.uri),
			OnHealth: func(h hal.Health) { health <- h },
			Use: func(ctx context.Context, d D) error {
				select {
				case devices <- d:
				case <-ctx.Done():
				}
				<-ctx.Done()
				return ctx.Err()
			},
		})
	}()
	is := func(s hal.State, limit time.Duration) {
		t.Helper()
		h, _ := within(t, limit, fmt.Sprintf("%v of %s", s, c.uri), health)
		if h.State != s {
			t.Fatalf("health is %v %q (%v), want %v", h.State, h.Key, h.Err, s)
		}
	}
	works := func() {
		t.Helper()
		if err := c.works(<-devices); err != nil {
			t.Fatal(err)
		}
	}
	is(hal.Ready, patience)
	works()
	began := time.Now()
	c.unplug()
	is(hal.Absent, seenWithin)
	seen = time.Since(began)
	<-time.After(away)
	began = time.Now()
	c.plug()
	is(hal.Ready, healedWithin)
	healed = time.Since(began)
	works()
	cancel()
	if err, _ := within(t, seenWithin, "the supervisor's end", ended); !errors.Is(err, context.Canceled) {
		t.Errorf("the supervisor ends with %v", err)
	}
	return seen, healed
}

// descriptors counts this program's open files.
func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}
