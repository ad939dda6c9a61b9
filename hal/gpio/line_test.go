package gpio_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/gpio"
	"tram06/hal/gpio/sim"
	"tram06/hal/haltest"
)

func open[D hal.Device](t *testing.T, m gpio.Kernel, uri string) (D, error) {
	t.Helper()
	return hal.Open[D](t.Context(), gpio.Registry(m, nil), uri)
}

func mustOpen[D hal.Device](t *testing.T, m gpio.Kernel, uri string) D {
	t.Helper()
	d, err := open[D](t, m, uri)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestWhatIsWrongWithALineIsSaid(t *testing.T) {
	m, c := bench()
	m.Add("twin", 2)
	m.Add("twin", 2)
	c.Take(4, "gpio-keys")
	for uri, want := range map[string]struct {
		is   error
		says string
	}{
		"gpio+switch:///pinctrl-none/1":             {hal.ErrGone, `(there: another-chip, pinctrl-test, twin)`},
		"gpio+switch:///pinctrl-test/54":            {hal.ErrUnsupported, "54 lines, 0 to 53"},
		"gpio+switch:///pinctrl-test/4":             {unix.EBUSY, `line 4 of pinctrl-test is in use by "gpio-keys"`},
		"gpio+switch:///twin/1":                     {hal.ErrUnsupported, "gpiochip2 or gpiochip3"},
		"gpio+lamps:///?a=pinctrl-test/1&b=twin/1":  {hal.ErrUnsupported, "lamp b"},
		"gpio+fan:///pinctrl-test/1?tach=twin/1":    {hal.ErrUnsupported, "twin"},
		"gpio+buzzer:///gpiochip1/4":                {unix.EBUSY, "in use"},
		"gpio+lamps:///?a=pinctrl-test/1&b=twin/99": {hal.ErrUnsupported, "twin"},
	} {
		_, err := open[hal.Device](t, m, uri)
		if !errors.Is(err, want.is) || !strings.Contains(err.Error(), want.says) {
			t.Errorf("%s gives %v, want %v with %q", uri, err, want.is, want.says)
		}
	}
	for offset := range 54 {
		if who := c.Owner(offset); who != "" && offset != 4 {
			t.Errorf("line %d is still claimed by %s after its device could not be opened", offset, who)
		}
	}
}

func TestAMachineWithoutChips(t *testing.T) {
	_, err := open[hal.Switch](t, sim.New(), "gpio+switch:///pinctrl-test/1")
	if !errors.Is(err, hal.ErrGone) || !strings.Contains(err.Error(), "there: none") {
		t.Errorf("it gives %v", err)
	}
}

func TestAChipUnderTwoPathsIsOne(t *testing.T) {
	m, c := bench()
	m.Link("/dev/gpiochip4", c)
	d := mustOpen[hal.Switch](t, m, "gpio+switch:///pinctrl-test/17")
	if c.Owner(17) != "tram06" {
		t.Errorf("the line belongs to %q", c.Owner(17))
	}
	if err := d.Close(); err != nil || c.Owner(17) != "" {
		t.Errorf("Close gives %v and leaves the line to %q", err, c.Owner(17))
	}
}

func TestANameServesWhereLabelsDoNot(t *testing.T) {
	m := sim.New()
	m.Add("twin", 2)
	c := m.Add("twin", 2)
	d := mustOpen[hal.Switch](t, m, "gpio+switch:///gpiochip1/1")
	defer d.Close()
	if c.Owner(1) != "tram06" {
		t.Error("the other chip was taken")
	}
}

func TestURIsThatAreWrong(t *testing.T) {
	m, _ := bench()
	haltest.Refused(t, gpio.Registry(m, nil), map[string]string{
		"gpio+switch:///17":                                 "is no line",
		"gpio+switch:///":                                   "is no line",
		"gpio+switch://pinctrl-test/17":                     "three slashes",
		"gpio+switch:///pinctrl-test/x":                     `"x" is no offset`,
		"gpio+switch:///pinctrl-test/+1":                    "is no offset",
		"gpio+switch:///pinctrl-test/-1":                    "is no offset",
		"gpio+switch:///pinctrl-test/":                      "is no offset",
		"gpio+switch:///pinctrl-test/99999999999999999999":  "is no offset",
		"gpio+switch:///pinctrl-test/1?active=no":           "want high or low",
		"gpio+switch:///pinctrl-test/1?pull=sideways":       "want as-is or up or down or none",
		"gpio+switch:///pinctrl-test/1?debounce=30":         "want a time",
		"gpio+switch:///pinctrl-test/1?debounce=-1ms":       "want a time",
		"gpio+switch:///pinctrl-test/1?debounce=1h":         "want a time",
		"gpio+switch:///pinctrl-test/1?bounce=1ms":          "unknown parameter",
		"gpio+switch:///pinctrl-test/1?pull=up&pull=up":     "2 times",
		"gpio+buzzer:///pinctrl-test/1?kind=loud":           "want active or passive",
		"gpio+buzzer:///pinctrl-test/1,off":                 "want low or high",
		"gpio+fan:///pinctrl-test/1?tach=2":                 "is no line",
		"gpio+fan:///pinctrl-test/1?tach=a/2&pulses=0":      "want a number",
		"gpio+lamps:///":                                    "no lamps",
		"gpio+lamps:///pinctrl-test/1":                      "as parameters",
		"gpio+lamps:///?Reader=pinctrl-test/1":              "no name of a lamp",
		"gpio+lamps:///?reader=17":                          "is no line",
		"gpio+lamps:///?reader=pinctrl-test/17,dim":         "want low or high",
		"gpio+lamps:///?r=pinctrl-test/1&r=pinctrl-test/2":  "2 times",
		"gpio+lamps:///?active=dim&reader=pinctrl-test/17":  "want high or low",
		"gpio+lamps:///?reader=pinctrl-test/17&printer=a/b": "is no offset",
	})
}

func FuzzParseLine(f *testing.F) {
	for _, s := range []string{"pinctrl-bcm2711/17", "gpio-brcmstb@107d508500/3", "a/b/0", "/", "x/", "/1", "x/01", "x/+1", "INT33FF:00/65535", "x/65536"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		l, err := gpio.ParseLine(s)
		if err != nil {
			return
		}
		if l.Chip == "" || l.Offset < 0 || l.Offset >= 1<<16 || !strings.HasPrefix(s, l.Chip+"/") {
			t.Errorf("%q is read as %+v", s, l)
		}
	})
}

func FuzzURI(f *testing.F) {
	for _, s := range []string{
		"gpio+lamps:///?reader=pinctrl-test/17&printer=pinctrl-test/27,low",
		"gpio+switch:///pinctrl-test/22?active=low&pull=up&debounce=30ms&stuck=1h",
		"gpio+buzzer:///pinctrl-test/18?kind=passive",
		"gpio+fan:///pinctrl-test/23?tach=pinctrl-test/24,low&pulses=2",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := url.Parse(s)
		if err != nil {
			return
		}
		m, c := bench()
		open := gpio.Registry(m, nil)[u.Scheme]
		if open == nil {
			return
		}
		d, err := open(t.Context(), u)
		if err == nil {
			if err := d.Close(); err != nil {
				t.Errorf("%s: Close gives %v", s, err)
			}
		} else if d != nil {
			t.Errorf("%s gives a device and %v", s, err)
		}
		for offset := range 54 {
			if c.Owner(offset) != "" {
				t.Errorf("%s leaves line %d claimed", s, offset)
			}
		}
	})
}
