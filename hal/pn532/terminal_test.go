package pn532_test

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/creack/pty"

	"tram06/hal"
	"tram06/hal/pn532"
	"tram06/hal/pn532/sim"
)

func TestUnpluggedTerminal(t *testing.T) {
	c := sim.New()
	c.Lay(sim.NewCard(echo))
	r, cut := cable(t, c)
	k, err := r.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	long := bytes.Repeat([]byte{0x5A}, 3000)
	if got := transmit(t, k, long); !bytes.Equal(got, echo(long)) {
		t.Fatalf("%d bytes came back", len(got))
	}
	result := make(chan error, 1)
	go func() { result <- r.WaitRemoval(context.Background()) }()
	cut()
	if err := <-result; !errors.Is(err, hal.ErrGone) {
		t.Fatal(err)
	}
	if _, err := k.Transmit(t.Context(), selectFile); !errors.Is(err, hal.ErrGone) {
		t.Fatal(err)
	}
	if err := k.Release(); err != nil {
		t.Fatal(err)
	}
}

// A terminal that is plugged and unplugged leaves no descriptor open.
func TestDescriptors(t *testing.T) {
	count := func() int {
		files, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}
	cycle := func(whole bool) {
		c := sim.New()
		master, slave, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan struct{})
		go func() {
			defer close(served)
			_ = c.Serve(master)
		}()
		u := &url.URL{Scheme: "pn532+serial", Path: slave.Name()}
		if !whole {
			c.Spoil(bad["syntax error"])
		}
		d, err := pn532.Opener(pn532.Options{})(t.Context(), u)
		if (err == nil) != whole {
			t.Fatal(err)
		}
		_, _ = slave.Close(), master.Close()
		<-served
		if whole {
			if _, err := d.(hal.CardReader).Wait(t.Context()); !errors.Is(err, hal.ErrGone) {
				t.Fatal(err)
			}
			_ = d.Close()
		}
	}
	cycle(true) // what the first one opens for good is not counted
	before := count()
	for range 8 {
		cycle(true)
		cycle(false)
	}
	if after := count(); after > before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func TestRefusedURIs(t *testing.T) {
	for uri, want := range map[string]string{
		"pn532+usb:///dev/x":                        "not supported",
		"pn532+i2c:///dev/i2c-1?baud=115200":        "unknown parameter",
		"pn532+i2c:///dev/i2c-1?ra=106":             "unknown parameter",
		"pn532+i2c:///dev/i2c-1?rate=848":           "want 106, 212 or 424",
		"pn532+i2c:///dev/i2c-1?rate=fast":          "want 106, 212 or 424",
		"pn532+i2c:///dev/i2c-1?wait=5":             "want a time",
		"pn532+i2c:///dev/i2c-1?wait=1h":            "want a time",
		"pn532+i2c:///dev/ttyS0":                    "want /dev/i2c-1",
		"pn532+i2c:///dev/i2c-":                     "want /dev/i2c-1",
		"pn532+i2c:///I2C-1":                        "want /dev/i2c-1",
		"pn532+i2c:///dev/i2c-251":                  "device gone",
		"pn532+i2c:///I2C251?rate=424&wait=20s":     "device gone",
		"pn532+spi:///SPI0":                         "want /dev/spidev0.0",
		"pn532+spi:///dev/spidev0.x":                "want /dev/spidev0.0",
		"pn532+spi:///SPI0.0?speed=10MHz":           "want a frequency",
		"pn532+spi:///SPI0.0?speed=1":               "want a frequency",
		"pn532+spi:///SPI251.7?speed=2MHz":          "device gone",
		"pn532+spi:///dev/spidev251.7":              "device gone",
		"pn532+serial:///dev/ttyS0?baud=9600":       "want 115200",
		"pn532+serial://dev/ttyS0":                  "write the device after three slashes: pn532+serial:///dev/ttyS0",
		"pn532+serial:///":                          "want a device",
		"pn532+i2c:///I2C1?rate=106&rate=212":       "given 2 times",
		"pn532+i2c:///I2C1?rate=0":                  "want 106, 212 or 424",
		"pn532+serial:///dev/ttyS0?parity=odd":      "unknown parameter",
		"pn532+serial:///nowhere/ttyS0?baud=460800": "device gone",
		"pn532+serial:///dev/null":                  "device gone",
	} {
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		if d, err := pn532.Opener(pn532.Options{})(t.Context(), u); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v, want %q", uri, d, err, want)
		}
	}
}

// The rate of the line is agreed, and found again when the chip kept it.
func TestBaudRates(t *testing.T) {
	for _, baud := range []int{115200, 230400, 460800, 921600} {
		synctest.Test(t, func(t *testing.T) {
			c := sim.New()
			for range 2 {
				c.Lay(sim.NewCard(echo))
				r, err := pn532.OpenSerial(t.Context(), c.Line(), baud, "pn532+serial:///dev/ttyS0", pn532.Options{})
				if err != nil {
					t.Fatal(baud, err)
				}
				k, err := r.Wait(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				transmit(t, k, selectFile)
				if c.Baud() != baud {
					t.Errorf("%d baud, want %d", c.Baud(), baud)
				}
				c.Lift()
				if err := r.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
