package drivers_test

import (
	"context"
	"errors"
	"maps"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/drivers"
	printer "tram06/hal/escpos/sim"
	"tram06/hal/evdev"
	"tram06/hal/evdev/input"
	panel "tram06/hal/evdev/sim"
	"tram06/hal/gpio"
	chip "tram06/hal/gpio/sim"
	"tram06/hal/keypad"
	reader "tram06/hal/pn532/sim"
	clock "tram06/hal/rtc/sim"
	"tram06/hal/supervisor"
	"tram06/hal/sysfs"
	tree "tram06/hal/sysfs/sim"
	dog "tram06/hal/watchdog/sim"
	"tram06/hal/wedge"
	scanner "tram06/hal/wedge/sim"
)

// desk is one device of each kind, all simulated, and the registry that opens
// them by the real drivers.
func desk(b *testing.B) (hal.Registry, []string) {
	ctx, cancel := context.WithCancel(context.Background())
	var ran sync.WaitGroup
	b.Cleanup(func() { cancel(); ran.Wait() })
	line := func() (near string, far *pty2) {
		master, slave, err := pty.Open()
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _, _ = master.Close(), slave.Close() })
		return slave.Name(), &pty2{master.Read, master.Write}
	}
	scan, _ := line()
	read, far := line()
	go func() { _ = reader.New().Serve(far) }() // ends with the terminal
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ran.Go(func() {
		if err := printer.New(printer.Options{}).Serve(ctx, ln); !errors.Is(err, context.Canceled) {
			b.Error(err)
		}
	})
	still := func() time.Duration { return time.Hour }
	glass := input.Info{Name: "panel", Axes: map[uint16]input.Axis{input.AbsX: {Max: 1000}, input.AbsY: {Max: 1000}}}
	glass.Keys.Set(input.BtnTouch, true)
	gun := scanner.New(still)
	machine := chip.New()
	machine.Add("pins", 32)
	files := tree.New()
	files.AddPanel("panel", 255)
	files.AddSensor("cpu_thermal", "", 48)
	files.AddFan("pwmfan")

	reg := drivers.Registry(drivers.Options{Panel: evdev.Panel{Width: 1080, Height: 1920}})
	maps.Copy(reg, gpio.Registry(machine, nil))
	maps.Copy(reg, sysfs.Registry(files, nil))
	maps.Copy(reg, hal.Registry{
		"evdev":        evdev.OpenerOn(input.System{Open: panel.New(glass, still).Open}, evdev.Panel{Width: 1080, Height: 1920}, nil),
		"evdev+keypad": keypad.OpenerOn(input.System{Open: gun.Open}, nil), // it has all keys
		"wedge":        wedge.OpenerOn(input.System{Open: gun.Open}, nil),
		"rtc":          clock.New(nil).Opener(),
		"watchdog":     dog.New(dog.Options{}).Opener(nil),
	})
	return reg, []string{
		"serial://" + scan, "pn532+serial://" + read, "escpos+tcp://" + ln.Addr().String(),
		"evdev:///sim", "wedge:///sim?grab=0", "evdev+keypad:///sim?grab=0",
		"gpio+lamps:///?reader=pins/1&scanner=pins/2&printer=pins/3&status=pins/4",
		"gpio+switch:///pins/5", "gpio+switch:///pins/6", "gpio+buzzer:///pins/7", "gpio+fan:///pins/8?tach=pins/9",
		"backlight:///", "hwmon+thermometer:///", "hwmon+fan:///pwmfan", "rtc:///sim", "watchdog:///sim",
	}
}

// pty2 is the far end of a line.
type pty2 struct{ read, write func([]byte) (int, error) }

func (p *pty2) Read(b []byte) (int, error)  { return p.read(b) }
func (p *pty2) Write(b []byte) (int, error) { return p.write(b) }

// BenchmarkIdle is a second in which nobody comes: every device open under its
// supervisor, one lamp blinking. The processor time holds that of the simulated
// hardware.
func BenchmarkIdle(b *testing.B) {
	reg, uris := desk(b)
	ctx, cancel := context.WithCancel(context.Background())
	var ran sync.WaitGroup
	ready := make(chan string, 4*len(uris))
	for _, uri := range uris {
		ran.Go(func() {
			_ = supervisor.Run(ctx, supervisor.Options[hal.Device]{
				URI: uri, Registry: reg, Key: "gone",
				OnHealth: func(h hal.Health) {
					if h.State == hal.Absent {
						b.Errorf("%s: %v", uri, h.Err)
					}
				},
				Use: func(ctx context.Context, d hal.Device) error {
					ready <- uri
					switch d := d.(type) {
					case hal.Lamps:
						_ = d.Set("reader", hal.Invite)
					case hal.CardReader:
						_, err := d.Wait(ctx)
						return err
					case hal.Scanner:
						_, err := d.Next(ctx)
						return err
					case hal.TouchScreen:
						_, err := d.Next(ctx)
						return err
					}
					<-ctx.Done()
					return ctx.Err()
				},
			})
		})
	}
	for range uris {
		<-ready
	}
	spent := func() time.Duration {
		var u unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	begun, before := time.Now(), spent()
	for b.Loop() {
		<-time.After(time.Second)
	}
	b.ReportMetric(100*float64(spent()-before)/float64(time.Since(begun)), "%cpu")
	cancel()
	ran.Wait()
}
