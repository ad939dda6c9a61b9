package doctor

import (
	"context"
	"errors"
	"net/url"
	"sync/atomic"
	"time"

	"tram06/hal"
)

// thing is a device of any capability, as good as it is told to be.
type thing struct {
	uri    string
	h      hal.Health
	id     hal.Identity
	err    error // of whatever is asked
	on     bool
	rpm    []int // one after the other, the last one for ever
	at     time.Time
	celsus []hal.Temperature
	level  int
	set    []int // levels and speeds that were set
	closed *atomic.Int32
}

func (d *thing) URI() string            { return d.uri }
func (d *thing) Health() hal.Health     { return d.h }
func (d *thing) Identity() hal.Identity { return d.id }
func (d *thing) Close() error {
	if d.closed != nil {
		d.closed.Add(1)
	}
	return nil
}

type (
	aReader struct {
		*thing
		hal.CardReader
	}
	aPrinter     struct{ *thing }
	aSwitch      struct{ *thing }
	aFan         struct{ *thing }
	aThermometer struct{ *thing }
	aClock       struct{ *thing }
	aBacklight   struct{ *thing }
	aScanner     struct{ *thing }
	aLamps       struct{ *thing }
)

func (r aReader) URI() string            { return r.thing.URI() }
func (r aReader) Health() hal.Health     { return r.thing.Health() }
func (r aReader) Close() error           { return r.thing.Close() }
func (r aReader) Identity() hal.Identity { return r.id }
func (r aReader) Present() bool          { return r.on }

func (aPrinter) Dots() (int, int) { return 576, 203 }
func (aPrinter) Print(context.Context, string, hal.Raster) error {
	return errors.New("nobody asked for it")
}

func (s aSwitch) On() bool                           { return s.on }
func (s aSwitch) Next(context.Context) (bool, error) { return false, errors.New("nobody waits") }

func (f aFan) SetSpeed(p int) error { f.set = append(f.set, p); return f.err }
func (f aFan) RPM() (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	n := f.rpm[0]
	if len(f.rpm) > 1 {
		f.rpm = f.rpm[1:]
	}
	return n, nil
}

func (t aThermometer) Read() ([]hal.Temperature, error) { return t.celsus, t.err }

func (c aClock) Read() (time.Time, error) { return c.at, c.err }
func (aClock) Set(time.Time) error        { return errors.New("the doctor changes no clock") }

func (b aBacklight) Level() (int, error) { return b.level, nil }
func (b aBacklight) SetLevel(p int) error {
	b.set = append(b.set, p)
	return b.err
}

func (aScanner) Arm(bool) {}
func (aScanner) Next(context.Context) (hal.Scan, error) {
	return hal.Scan{}, errors.New("nobody scans")
}

func (aLamps) Names() []string { return []string{"reader", "printer"} }
func (aLamps) Set(string, hal.Pattern) error {
	return errors.New("no lamp is lit without being asked for")
}

// ready is a device that is well.
func ready() *thing { return &thing{h: hal.Health{State: hal.Ready}} }

func ill(s hal.State, key string) *thing {
	return &thing{h: hal.Health{State: s, Key: key, Err: errors.New("so it says")}}
}

func given(d hal.Device, err error) hal.Opener {
	return func(context.Context, *url.URL) (hal.Device, error) { return d, err }
}
