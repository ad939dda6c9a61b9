// Package fittings uses what a terminal has beside the devices of a visit. Lamps
// show where to lay the card and where the receipt comes out; tones tell that
// something went well, or wants a look; the panel grows dim when nobody is
// there; door, heat and clock become conditions for whoever looks after the
// machine; and a watchdog restarts a machine whose kiosk is stuck.
//
// A kiosk serves without any of them: each is opened, watched and opened again
// by itself, and its trouble is told and nothing else.
package fittings

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"tram06/firmware/health"
	"tram06/firmware/session"
	"tram06/hal"
	"tram06/hal/supervisor"
)

// URIs of the fittings; an empty one means that this terminal has none.
type URIs struct {
	Lamps, Buzzer, Sound    string
	Door, Tamper, Presence  string
	Backlight               string
	Thermometer, Fan, Clock string
	Watchdog                string
}

// Options of the fittings.
type Options struct {
	URIs     URIs
	Registry hal.Registry
	// Without are the devices of a visit that this terminal does not have.
	Without []session.Device
	// Health is told of every change of a fitting's health, by the name that it
	// has in board.yaml: its driver's, or what it shows of the machine (the door
	// is open, the machine is hot), whichever is worse. It must not block.
	Health func(name string, h hal.Health)
	// Wake gives the channel that tells that a device may have been plugged in;
	// nil if nothing does.
	Wake func(uri string) <-chan struct{}
	// Alive returns once the kiosk's loop has shown that it still turns. The
	// watchdog is kicked only then.
	Alive func(ctx context.Context) error
	// Tone gives the sound of a cue for the sound card, 16-bit mono samples and
	// how many of them make a second.
	Tone func(Cue) (samples []int16, hertz int)
	// Synced tells that the system's clock follows a time server; nil for never.
	Synced func() bool
	// Oldest is a time before which nothing of this program can have happened,
	// such as when it was built. A clock that shows less is wrong.
	Oldest time.Time
	Now    func() time.Time // nil is time.Now
	Log    *slog.Logger
}

// Fittings are those of one terminal. Make them with New.
type Fittings struct {
	o      Options
	lamps  *lamps
	player *player
	light  *light
	climate
	opened bool // the case, at any time; of the tamper contact's user

	mu    sync.Mutex
	parts map[string]*part
}

// New makes the fittings. Nothing is opened before Run.
func New(o Options) *Fittings {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Health == nil {
		o.Health = func(string, hal.Health) {}
	}
	if o.Synced == nil {
		o.Synced = func() bool { return false }
	}
	f := &Fittings{o: o, climate: newClimate(), parts: map[string]*part{}}
	f.lamps, f.player, f.light = newLamps(), newPlayer(), newLight()
	return f
}

// Run keeps the fittings in use until ctx ends. When it returns, all are closed,
// the lamps dark and the watchdog stopped.
func (f *Fittings) Run(ctx context.Context) {
	var wg sync.WaitGroup
	u := f.o.URIs
	f.o.Registry = disarming(ctx, f.o.Registry, u.Watchdog, f.o.Log)
	supervise(ctx, f, &wg, "lamps", u.Lamps, hal.KeyLampsGone, f.lamps.use)
	supervise(ctx, f, &wg, "buzzer", u.Buzzer, hal.KeyBuzzerGone, f.player.buzz)
	supervise(ctx, f, &wg, "sound", u.Sound, hal.KeySoundGone, f.play)
	supervise(ctx, f, &wg, "door", u.Door, hal.KeySwitchGone, f.door)
	supervise(ctx, f, &wg, "tamper", u.Tamper, hal.KeySwitchGone, f.tamper)
	supervise(ctx, f, &wg, "presence", u.Presence, hal.KeySwitchGone, f.presence)
	supervise(ctx, f, &wg, "backlight", u.Backlight, hal.KeyBacklightGone, f.light.use)
	supervise(ctx, f, &wg, "thermometer", u.Thermometer, hal.KeyThermometerGone, f.measure)
	supervise(ctx, f, &wg, "fan", u.Fan, hal.KeyFanGone, f.cool)
	supervise(ctx, f, &wg, "clock", u.Clock, hal.KeyClockGone, f.compare)
	supervise(ctx, f, &wg, "watchdog", u.Watchdog, hal.KeyWatchdogGone, f.kick)
	wg.Wait()
}

// Follow is told of each step of a visit. It takes from the states what lamps,
// tones and light need, nothing of whom, and does not block.
func (f *Fittings) Follow(before, after session.State) {
	f.lamps.want(lampsFor(after, f.o.Without...))
	f.player.want(cueFor(before, after))
	f.light.busy(after.Phase != session.Attract && after.Phase != session.Closed)
}

// Touched is told that somebody touches the machine.
func (f *Fittings) Touched() { f.light.touched() }

// supervise keeps one fitting in use until ctx ends.
func supervise[T hal.Device](ctx context.Context, f *Fittings, wg *sync.WaitGroup, name, uri, key string, use func(context.Context, T) error) {
	if uri == "" {
		return
	}
	p := f.part(name)
	wg.Go(func() {
		o := supervisor.Options[T]{
			URI: uri, Registry: f.o.Registry, Key: key, Use: use, Now: f.o.Now,
			OnHealth: func(h hal.Health) {
				f.log(name, h)
				f.device(p, h)
			},
		}
		if f.o.Wake != nil {
			o.Wake = f.o.Wake(uri)
		}
		supervisor.Run(ctx, o) // its error is ctx's
	})
}

func (f *Fittings) log(name string, h hal.Health) {
	if h.State == hal.Ready {
		f.o.Log.Info("fitting ready", "fitting", name)
		return
	}
	f.o.Log.Warn("fitting "+h.State.String(), "fitting", name, "code", code(h.Key), "err", h.Err)
}

// code is what people call a condition.
func code(key string) health.Code {
	c, _ := health.ByKey(key)
	return c.Code
}

// part is the health of one fitting: its driver's, and what it shows.
type part struct {
	name           string
	driver, finds  hal.Health
	told           bool
	lastState      hal.State
	lastKey        string
	driverReported bool
}

func (f *Fittings) part(name string) *part {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.parts[name]
	if p == nil {
		p = &part{name: name, finds: hal.Health{State: hal.Ready}}
		f.parts[name] = p
	}
	return p
}

// device takes in what the driver's supervisor says.
func (f *Fittings) device(p *part, h hal.Health) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p.driver, p.driverReported = h, true
	f.tell(p)
}

// found takes in what a fitting shows of the machine.
func (f *Fittings) found(name string, s hal.State, key string) {
	p := f.part(name)
	f.mu.Lock()
	defer f.mu.Unlock()
	if p.finds.State == s && p.finds.Key == key {
		return
	}
	p.finds = hal.Health{State: s, Key: key, Since: f.o.Now()}
	if key != hal.KeyOK {
		f.o.Log.Warn("fitting found", "fitting", name, "code", code(key))
	}
	f.tell(p)
}

// tell passes on the worse of both, if it is news. What a fitting showed last
// stays true while its driver is gone, but that nobody can look is worse.
func (f *Fittings) tell(p *part) {
	h := p.driver
	if !p.driverReported || p.finds.State < h.State {
		h = p.finds
	}
	if p.told && p.lastState == h.State && p.lastKey == h.Key {
		return
	}
	p.told, p.lastState, p.lastKey = true, h.State, h.Key
	f.o.Health(p.name, h)
}
