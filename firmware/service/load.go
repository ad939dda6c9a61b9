package service

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"tram06/firmware/config/strict"
)

//go:embed services/*.yaml
var embedded embed.FS

// Builtin holds the services that this build knows, one YAML file each.
func Builtin() fs.FS {
	sub, err := fs.Sub(embedded, "services")
	if err != nil {
		panic(err) // the directory is compiled in
	}
	return sub
}

// Errors of this package, for errors.Is.
var (
	// ErrUnknown: no file describes this service.
	ErrUnknown = errors.New("unknown service")
	// ErrNotInForce: the service is known, but not on that date.
	ErrNotInForce = errors.New("service not in force on this date")
)

// zone is where the law's dates begin.
var zone = time.FixedZone("+07", 7*60*60)

// Load reads every *.yaml at the root of fsys, in the order of their names.
// All mistakes of all files are reported; see package strict for their form.
func Load(fsys fs.FS) ([]Service, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list services: %w", err)
	}
	var all []Service
	var errs []error
	for _, name := range names {
		s, err := loadOne(fsys, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		all = append(all, s)
	}
	errs = append(errs, overlaps(all)...)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return all, nil
}

func loadOne(fsys fs.FS, name string) (Service, error) {
	var s Service
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return s, fmt.Errorf("read service %s: %w", path.Base(name), err)
	}
	doc := strict.Parse(name, data)
	doc.Decode(&s, zone)
	lint(doc, &s)
	return s, doc.Err()
}

// overlaps finds two versions of a service that hold on the same day.
func overlaps(all []Service) (errs []error) {
	for i, a := range all {
		for _, b := range all[:i] {
			if a.ID != b.ID {
				continue
			}
			if a.Version == b.Version {
				errs = append(errs, fmt.Errorf("service %s: version %s is given twice", a.ID, a.Version))
			} else if !a.endsBefore(b.ValidFrom) && !b.endsBefore(a.ValidFrom) {
				errs = append(errs, fmt.Errorf("service %s: versions %s and %s both hold from %s: set valid_to of the older one",
					a.ID, b.Version, a.Version, later(a.ValidFrom, b.ValidFrom).Format(time.DateOnly)))
			}
		}
	}
	return errs
}

func (s *Service) endsBefore(t time.Time) bool { return !s.ValidTo.IsZero() && s.ValidTo.Before(t) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// InForce tells whether the law behind s holds at the time at. Both dates are
// inclusive days of Vietnam.
func (s *Service) InForce(at time.Time) bool {
	return !at.Before(s.ValidFrom) && (s.ValidTo.IsZero() || at.Before(s.ValidTo.AddDate(0, 0, 1)))
}

// Offered picks, for each id and in the order of ids, the version that is in
// force at the time at. Services that cannot be offered are left out and named
// by the error; the others are given all the same.
func Offered(all []Service, ids []string, at time.Time) ([]Service, error) {
	var offered []Service
	var errs []error
	for _, id := range ids {
		s, err := Find(all, id, at)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		offered = append(offered, s)
	}
	return offered, errors.Join(errs...)
}

// Find gives the version of a service that is in force at the time at.
func Find(all []Service, id string, at time.Time) (Service, error) {
	known := false
	for _, s := range all {
		if s.ID != id {
			continue
		}
		known = true
		if s.InForce(at) {
			return s, nil
		}
	}
	if !known {
		var ids []string
		for _, s := range all {
			if !slices.Contains(ids, s.ID) {
				ids = append(ids, s.ID)
			}
		}
		return Service{}, fmt.Errorf("%w: %q (known: %s)", ErrUnknown, id, strings.Join(ids, ", "))
	}
	return Service{}, fmt.Errorf("%w: %s on %s", ErrNotInForce, id, at.In(zone).Format(time.DateOnly))
}
