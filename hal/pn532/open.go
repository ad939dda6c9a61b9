package pn532

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
	"periph.io/x/host/v3/sysfs"

	"tram06/hal"
	"tram06/hal/params"
	"tram06/hal/serialport"
)

// Options of a reader; zero values choose the defaults.
type Options struct {
	// Rate is the highest bit rate towards the card in kbit/s: 106, 212 or 424.
	Rate int
	// Wait is how long one command may keep the card busy.
	Wait time.Duration
	// Poll is the pause between two looks for a card.
	Poll time.Duration
	// Now stamps health.
	Now func() time.Time
}

const (
	defaultWait  = 15 * time.Second
	defaultPoll  = 200 * time.Millisecond
	defaultSpeed = physic.MegaHertz // of SPI; the chip takes up to 5 MHz
	maxSpeed     = 5 * physic.MegaHertz
)

// rates by kbit/s, as InPSL counts them.
var rates = map[int]byte{106: 0, 212: 1, 424: 2}

// Opener opens the schemes pn532+i2c, pn532+spi and pn532+serial. What a URI
// says goes before o.
func Opener(o Options) hal.Opener {
	return func(ctx context.Context, u *url.URL) (hal.Device, error) {
		p, err := parse(u)
		if err != nil {
			return nil, err
		}
		o := o // each device has its own
		if p.rate != 0 {
			o.Rate = p.rate
		}
		if p.wait != 0 {
			o.Wait = p.wait
		}
		switch u.Scheme {
		case "pn532+i2c":
			bus, err := sysfs.NewI2C(p.bus)
			if err != nil {
				return nil, fmt.Errorf("card reader: %w: %w", hal.ErrGone, err)
			}
			return device(OpenI2C(ctx, bus, u.String(), o))
		case "pn532+spi":
			port, err := sysfs.NewSPI(p.bus, p.slot)
			if err != nil {
				return nil, fmt.Errorf("card reader: %w: %w", hal.ErrGone, err)
			}
			return device(OpenSPI(ctx, port, p.speed, u.String(), o))
		default:
			port, err := serialport.Open(u.Path, powerOnBaud)
			if err != nil {
				return nil, fmt.Errorf("card reader: %w", err)
			}
			return device(OpenSerial(ctx, port, p.baud, u.String(), o))
		}
	}
}

// device keeps a reader that is not there from looking like one.
func device(r *Reader, err error) (hal.Device, error) {
	if err != nil {
		return nil, err
	}
	return r, nil
}

// OpenI2C opens the chip on a bus, and closes the bus in the end.
func OpenI2C(ctx context.Context, bus i2c.BusCloser, uri string, o Options) (*Reader, error) {
	return open(ctx, &i2cWire{bus: bus}, uri, o)
}

// OpenSPI opens the chip on a port, and closes the port in the end.
func OpenSPI(ctx context.Context, port spi.PortCloser, speed physic.Frequency, uri string, o Options) (*Reader, error) {
	w, err := newSPI(port, speed)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("card reader: %w: %w", hal.ErrGone, err), port.Close())
	}
	return open(ctx, w, uri, o)
}

// OpenSerial opens the chip on a serial line, and closes the line in the end.
func OpenSerial(ctx context.Context, port Port, baud int, uri string, o Options) (*Reader, error) {
	w := &serialWire{port: port}
	l := &link{wire: w, stop: ctx.Done()}
	c := &chip{link: l}
	// A chip that kept its power has kept its rate too.
	err := c.hello()
	if err != nil && baud != powerOnBaud && ctx.Err() == nil {
		if err = w.port.SetBaud(baud); err == nil {
			err = c.hello()
		}
	} else if err == nil && baud != powerOnBaud {
		err = w.agree(l, baud)
	}
	if err != nil {
		return nil, errors.Join(notThere(ctx, err), w.close())
	}
	return open(ctx, w, uri, o)
}

// place is what a URI says.
type place struct {
	bus, slot  int
	baud, rate int
	speed      physic.Frequency
	wait       time.Duration
}

func parse(u *url.URL) (place, error) {
	p := params.New("card reader", u)
	var at place
	// among takes a number that must be one of those in a table.
	among := func(key string, fallback int, table map[int]byte, want string) int {
		v, ok := p.Take(key)
		if !ok {
			return fallback
		}
		n, err := strconv.Atoi(v)
		if _, known := table[n]; err != nil || !known {
			p.Failf("%s=%s: want %s", key, v, want)
		}
		return n
	}
	if u.Host != "" {
		p.Failf("write the device after three slashes: %s:///%s%s", u.Scheme, u.Host, u.Path)
	}
	switch u.Scheme {
	case "pn532+i2c":
		var err error
		if at.bus, err = number(u.Path, "/dev/i2c-", "/I2C"); err != nil {
			p.Failf("%s: want /dev/i2c-1 or /I2C1", u.Path)
		}
	case "pn532+spi":
		bus, slot, ok := strings.Cut(u.Path, ".")
		var err error
		if at.bus, err = number(bus, "/dev/spidev", "/SPI"); err == nil && ok {
			at.slot, err = number(slot, "")
		}
		if !ok || err != nil {
			p.Failf("%s: want /dev/spidev0.0 or /SPI0.0", u.Path)
		}
		at.speed = defaultSpeed
		if v, ok := p.Take("speed"); ok {
			if err := at.speed.Set(v); err != nil || at.speed < 10*physic.KiloHertz || at.speed > maxSpeed {
				p.Failf("speed=%s: want a frequency such as 1MHz, at most 5MHz", v)
			}
		}
	case "pn532+serial":
		if u.Path == "" || u.Path == "/" {
			p.Failf("want a device such as /dev/ttyS0")
		}
		at.baud = among("baud", powerOnBaud, bauds, "115200, 230400, 460800 or 921600")
	default:
		return at, fmt.Errorf("card reader scheme %q: %w", u.Scheme, hal.ErrUnsupported)
	}
	at.rate = among("rate", 0, rates, "106, 212 or 424")
	at.wait = p.Duration("wait", 0, time.Second, time.Minute)
	return at, p.End()
}

// number is what follows one of the prefixes.
func number(s string, prefixes ...string) (int, error) {
	for _, p := range prefixes {
		if rest, ok := strings.CutPrefix(s, p); ok {
			n, err := strconv.ParseUint(rest, 10, 8)
			return int(n), err
		}
	}
	return 0, strconv.ErrSyntax
}
