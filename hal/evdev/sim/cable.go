package sim

import "tram06/hal/evdev/input"

// Cable opens the device over a cable that may break: broken is asked before
// each exchange, the opening among them, and pulls the plug when it says so.
func (d *Device) Cable(broken func() bool) func(path string) (input.Device, error) {
	step := func() {
		if broken() {
			d.Unplug()
		}
	}
	return func(path string) (input.Device, error) {
		step()
		dev, err := d.Open(path)
		if err != nil {
			return nil, err
		}
		return cabled{dev, step}, nil
	}
}

type cabled struct {
	input.Device
	step func()
}

func (c cabled) Read(events []input.Event) (int, error) { c.step(); return c.Device.Read(events) }
func (c cabled) State() (input.State, error)            { c.step(); return c.Device.State() }
func (c cabled) Grab() error                            { c.step(); return c.Device.Grab() }
