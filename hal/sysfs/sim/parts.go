package sim

import (
	"fmt"
	"math"
	"path"
	"strconv"

	"golang.org/x/sys/unix"
)

// Part is a piece of hardware in the tree.
type Part struct {
	tree *Tree
	// Dir is its folder.
	Dir string
}

// Unplug pulls it out.
func (p Part) Unplug() { p.tree.Unplug(p.Dir) }

// Plug puts it back.
func (p Part) Plug() { p.tree.Plug(p.Dir) }

// Break makes one of its files fail; see Tree.Break.
func (p Part) Break(file, text string, err error) { p.tree.Break(path.Join(p.Dir, file), text, err) }

// add puts files into the part's folder.
func (p Part) add(files map[string]*file) {
	p.tree.mu.Lock()
	defer p.tree.mu.Unlock()
	for name, f := range files {
		p.tree.files[path.Join(p.Dir, name)] = f
	}
}

// get reads what a handle shows.
func (p Part) get(v *int) int {
	p.tree.mu.Lock()
	defer p.tree.mu.Unlock()
	return *v
}

func (p Part) set(v *int, to int) {
	p.tree.mu.Lock()
	defer p.tree.mu.Unlock()
	*v = to
}

// Panel is the light behind a panel.
type Panel struct {
	Part
	step, power int
}

// AddPanel adds a backlight with steps from 0 to most.
func (t *Tree) AddPanel(name string, most int) *Panel {
	p := &Panel{Part: Part{t, "sys/class/backlight/" + name}, step: most}
	p.add(map[string]*file{
		"type":           text("raw"),
		"max_brightness": text(strconv.Itoa(most)),
		"brightness":     number(&p.step, within(0, most)),
		"bl_power":       number(&p.power, within(0, 4)),
	})
	return p
}

// Step is the light that the panel gives, 0 when it is switched off.
func (p *Panel) Step() int {
	p.tree.mu.Lock()
	defer p.tree.mu.Unlock()
	if p.power != 0 {
		return 0
	}
	return p.step
}

// Sensor is a temperature sensor.
type Sensor struct {
	Part
	milli int
}

// AddSensor adds a monitor with one sensor; label may be empty.
func (t *Tree) AddSensor(monitor, label string, celsius float64) *Sensor {
	s := &Sensor{Part: Part{t, t.nextDir("sys/class/hwmon/hwmon")}}
	files := map[string]*file{"name": text(monitor), "temp1_input": number(&s.milli, nil)}
	if label != "" {
		files["temp1_label"] = text(label)
	}
	s.Warm(celsius)
	s.add(files)
	return s
}

// AddZone adds a thermal zone.
func (t *Tree) AddZone(kind string, celsius float64) *Sensor {
	s := &Sensor{Part: Part{t, t.nextDir("sys/class/thermal/thermal_zone")}}
	s.Warm(celsius)
	s.add(map[string]*file{"type": text(kind), "temp": number(&s.milli, nil)})
	return s
}

// Warm sets what it measures.
func (s *Sensor) Warm(celsius float64) { s.set(&s.milli, int(math.Round(celsius*1000))) }

// Cooler is a fan with its monitor.
type Cooler struct {
	Part
	duty, mode, rpm int
}

// AddFan adds a monitor with one fan, which the kernel rules (mode 2).
func (t *Tree) AddFan(monitor string) *Cooler {
	f := &Cooler{Part: Part{t, t.nextDir("sys/class/hwmon/hwmon")}, mode: 2, duty: 80}
	f.add(map[string]*file{
		"name":        text(monitor),
		"pwm1_enable": number(&f.mode, within(0, 2)),
		"pwm1": number(&f.duty, func(v int) error {
			if f.mode != 1 {
				return unix.EPERM
			}
			return within(0, 255)(v)
		}),
		"fan1_input": number(&f.rpm, nil),
	})
	return f
}

// Duty is the speed that it was told, 0 to 255, and Mode who rules it.
func (f *Cooler) Duty() int { return f.get(&f.duty) }

// Mode is 0 for full speed, 1 for programs, 2 for the kernel.
func (f *Cooler) Mode() int { return f.get(&f.mode) }

// Turn sets how fast it turns.
func (f *Cooler) Turn(rpm int) { f.set(&f.rpm, rpm) }

// nextDir gives a folder that is not there yet.
func (t *Tree) nextDir(prefix string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	for n := 0; ; n++ {
		dir := fmt.Sprintf("%s%d", prefix, n)
		if t.files[dir+"/name"] == nil && t.files[dir+"/type"] == nil && t.files[dir+"/npwm"] == nil {
			return dir
		}
	}
}

// Pulser is a PWM chip.
type Pulser struct {
	Part
	lines []*pulses
}

type pulses struct {
	shown, inversed      bool
	period, duty, enable int
}

// AddPulser adds a PWM chip of so many channels; hardware is where its link
// "device" leads.
func (t *Tree) AddPulser(hardware string, channels int) *Pulser {
	p := &Pulser{Part: Part{t, t.nextDir("sys/class/pwm/pwmchip")}}
	p.lines = make([]*pulses, channels)
	for i := range p.lines {
		p.lines[i] = &pulses{}
	}
	show := func(on bool) *file {
		return &file{write: func(s string) error {
			n, err := strconv.Atoi(s)
			switch {
			case err != nil:
				return unix.EINVAL
			case n < 0 || n >= channels:
				return unix.ENODEV
			case p.lines[n].shown == on && on:
				return unix.EBUSY
			case p.lines[n].shown == on:
				return unix.ENODEV
			}
			p.lines[n].shown = on
			p.channel(n)
			return nil
		}}
	}
	p.add(map[string]*file{"npwm": text(strconv.Itoa(channels)), "export": show(true), "unexport": show(false)})
	t.mu.Lock()
	defer t.mu.Unlock()
	t.links[p.Dir+"/device"] = "../../../" + hardware
	return p
}

// Plug puts the chip back, which has forgotten everything.
func (p *Pulser) Plug() {
	p.tree.mu.Lock()
	for n, l := range p.lines {
		*l = pulses{}
		p.channel(n)
	}
	p.tree.mu.Unlock()
	p.Part.Plug()
}

// channel shows or hides a channel's folder; the tree is locked. Up to Linux 6.10
// a channel that has no period takes nothing but one, not even the word to stop.
func (p *Pulser) channel(n int) {
	l := p.lines[n]
	dir := fmt.Sprintf("%s/pwm%d/", p.Dir, n)
	for name, f := range map[string]*file{
		"period": number(&l.period, func(v int) error {
			if v <= 0 || v < l.duty {
				return unix.EINVAL
			}
			return nil
		}),
		"duty_cycle": number(&l.duty, func(v int) error {
			if v < 0 || v > l.period || l.period == 0 {
				return unix.EINVAL
			}
			return nil
		}),
		"enable": number(&l.enable, func(v int) error {
			if v < 0 || v > 1 || l.period == 0 {
				return unix.EINVAL
			}
			return nil
		}),
		"polarity": {
			read: func() string {
				if l.inversed {
					return "inversed"
				}
				return "normal"
			},
			write: func(v string) error {
				switch {
				case v != "normal" && v != "inversed", l.period == 0:
					return unix.EINVAL
				case l.enable == 1:
					return unix.EBUSY
				}
				l.inversed = v == "inversed"
				return nil
			},
		},
	} {
		if l.shown {
			p.tree.files[dir+name] = f
		} else {
			delete(p.tree.files, dir+name)
		}
	}
}

// Pulses tells what a channel sends: how many times a second, and for what part
// of the time in percent; 0, 0 when it stands.
func (p *Pulser) Pulses(n int) (hertz, percent int) {
	p.tree.mu.Lock()
	defer p.tree.mu.Unlock()
	l := p.lines[n]
	if l.enable == 0 || l.period == 0 {
		return 0, 0
	}
	return int(math.Round(1e9 / float64(l.period))), int(math.Round(100 * float64(l.duty) / float64(l.period)))
}

// Inversed tells that a channel is active low.
func (p *Pulser) Inversed(n int) bool {
	p.tree.mu.Lock()
	defer p.tree.mu.Unlock()
	return p.lines[n].inversed
}

// Shown tells that some program has the channel.
func (p *Pulser) Shown(n int) bool {
	p.tree.mu.Lock()
	defer p.tree.mu.Unlock()
	return p.lines[n].shown
}
