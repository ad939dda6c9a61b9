package input

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"tram06/hal"
	"tram06/hal/params"
)

// Query says which device is meant: by its path, or by what it says about
// itself. All that is given must fit; parts of texts do, in any case.
type Query struct {
	Path             string
	Name, Phys, Uniq string
	Vendor, Product  uint16
	byID             bool
	// Grab takes the device for its driver alone.
	Grab bool
}

// ParseQuery takes what belongs to a query from a device's URI and its parameters,
// of which p tells what is wrong. id is vendor:product in hexadecimal, as lsusb
// prints it; grabs says what is right for a URI without grab.
func ParseQuery(u *url.URL, p *params.Params, grabs bool) (q Query) {
	if u.Host != "" {
		p.Failf("host %q: write three slashes before the path", u.Host)
	}
	if u.Path != "/" {
		q.Path = u.Path
	}
	q.Name, _ = p.Take("name")
	q.Phys, _ = p.Take("phys")
	q.Uniq, _ = p.Take("uniq")
	if v, ok := p.Take("id"); ok {
		vendor, product, two := strings.Cut(v, ":")
		a, errA := strconv.ParseUint(vendor, 16, 16)
		b, errB := strconv.ParseUint(product, 16, 16)
		if !two || errA != nil || errB != nil {
			p.Failf("id=%s: want vendor:product such as 0eef:0001", v)
		}
		q.Vendor, q.Product, q.byID = uint16(a), uint16(b), true
	}
	q.Grab = p.Flag("grab", grabs)
	switch {
	case q.Path == "" && !q.looks():
		p.Failf("give a device (%s:///dev/input/event0) or one of ?name=, phys=, uniq=, id=", u.Scheme)
	case q.Path != "" && q.looks():
		p.Failf("give either a device's path or what to look for")
	}
	return q
}

func (q Query) looks() bool { return q.byID || q.Name != "" || q.Phys != "" || q.Uniq != "" }

// Matches tells whether the device is meant.
func (q Query) Matches(i Info) bool {
	within := func(text, part string) bool {
		return strings.Contains(strings.ToLower(text), strings.ToLower(part))
	}
	return within(i.Name, q.Name) && within(i.Phys, q.Phys) && within(i.Uniq, q.Uniq) &&
		(!q.byID || i.ID.Vendor == q.Vendor && i.ID.Product == q.Product)
}

// System is where devices are.
type System struct {
	Dir  string // "/dev/input" if empty
	Open func(path string) (Device, error)
}

// Find opens the device that is meant. Many devices show up as several, such
// as a scanner as a keyboard and a few media keys: fits tells which can do the
// job, and why another cannot.
func (s System) Find(q Query, fits func(Info) error) (Device, error) {
	if s.Open == nil {
		s.Open = Open
	}
	d, err := s.look(q, fits)
	if err != nil || !q.Grab {
		return d, err
	}
	if err := d.Grab(); err != nil { // its plug may have been pulled since
		return nil, errors.Join(pulled(err), d.Close())
	}
	return d, nil
}

func (s System) look(q Query, fits func(Info) error) (Device, error) {
	if q.Path != "" {
		d, err := s.Open(q.Path)
		if err != nil {
			return nil, err
		}
		if err := fits(d.Info()); err != nil {
			return nil, errors.Join(fmt.Errorf("%s, %q: %w", q.Path, d.Info().Name, err), d.Close())
		}
		return d, nil
	}
	if s.Dir == "" {
		s.Dir = "/dev/input"
	}
	paths, err := filepath.Glob(filepath.Join(s.Dir, "event*"))
	if err != nil {
		return nil, fmt.Errorf("list input devices: %w", err)
	}
	// event2 is before event10: of two twins the first is meant, always.
	slices.SortFunc(paths, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	var unfit, forbidden error
	for _, path := range paths {
		d, err := s.Open(path)
		if errors.Is(err, fs.ErrPermission) {
			forbidden = err
		}
		if err != nil {
			continue // gone by now, or not for this user
		}
		if q.Matches(d.Info()) {
			if err = fits(d.Info()); err == nil {
				return d, nil
			}
			unfit = fmt.Errorf("%s, %q: %w", path, d.Info().Name, err)
		}
		_ = d.Close()
	}
	if unfit != nil {
		// The right one may still be on its way: a device's parts show up one
		// after another.
		return nil, fmt.Errorf("none of the devices that are meant can be used: %w: %w", hal.ErrGone, unfit)
	}
	if forbidden != nil {
		return nil, fmt.Errorf("no input device that may be opened is %s: %w", q, forbidden)
	}
	return nil, fmt.Errorf("no input device is %s: %w", q, hal.ErrGone)
}

// String says what is looked for.
func (q Query) String() string {
	if q.Path != "" {
		return q.Path
	}
	var parts []string
	for _, p := range [][2]string{{"named like", q.Name}, {"plugged in like", q.Phys}, {"numbered like", q.Uniq}} {
		if p[1] != "" {
			parts = append(parts, fmt.Sprintf("%s %q", p[0], p[1]))
		}
	}
	if q.byID {
		parts = append(parts, fmt.Sprintf("%04x:%04x", q.Vendor, q.Product))
	}
	return strings.Join(parts, ", ")
}
