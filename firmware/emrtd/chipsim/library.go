package chipsim

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"tram06/firmware/config/strict"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/health"
)

//go:embed personalities/*.yaml attacks/*.yaml
var library embed.FS

// Personalities gives all personalities that this build knows, by name.
func Personalities() []Profile { return slices.Clone(mustLoad().profiles) }

// Attacks gives all attacks, by name.
func Attacks() []Attack { return slices.Clone(mustLoad().attacks) }

// PersonalityNamed finds one.
func PersonalityNamed(name string) (Profile, bool) {
	for _, p := range mustLoad().profiles {
		if p.Name == name {
			return p, true
		}
	}
	return Profile{}, false
}

// AttackNamed finds one.
func AttackNamed(name string) (Attack, bool) {
	for _, a := range mustLoad().attacks {
		if a.Name == name {
			return a, true
		}
	}
	return Attack{}, false
}

type loaded struct {
	profiles []Profile
	attacks  []Attack
}

// mustLoad reads the embedded files once; a test makes sure that it can.
var mustLoad = sync.OnceValue(func() loaded {
	profiles, err := LoadPersonalities(library, "personalities")
	if err != nil {
		panic(err) // the files are compiled in
	}
	attacks, err := LoadAttacks(library, "attacks")
	if err != nil {
		panic(err)
	}
	return loaded{profiles, attacks}
})

// LoadPersonalities reads every *.yaml of a folder. All mistakes of all files
// are reported; see package strict for their form.
func LoadPersonalities(fsys fs.FS, dir string) ([]Profile, error) {
	return load(fsys, dir, func(doc *strict.Doc, name string) Profile {
		p := Profile{Name: name}
		doc.Decode(&p, time.UTC)
		if doc.Err() == nil {
			p.check(doc)
		}
		return p
	})
}

func load[T any](fsys fs.FS, dir string, decode func(*strict.Doc, string) T) ([]T, error) {
	names, err := fs.Glob(fsys, path.Join(dir, "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	var all []T
	var errs []error
	for _, file := range names {
		b, err := fs.ReadFile(fsys, file)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		doc := strict.Parse(file, b)
		v := decode(doc, strings.TrimSuffix(path.Base(file), ".yaml"))
		if err := doc.Err(); err != nil {
			errs = append(errs, err)
			continue
		}
		all = append(all, v)
	}
	return all, errors.Join(errs...)
}

// check finds what each value for itself cannot tell.
func (p Profile) check(doc *strict.Doc) {
	reject := func(path, format string, args ...any) { doc.Reject(path, health.ConfigValue, format, args...) }
	if !p.Access.BAC && len(p.Access.PACE) == 0 {
		reject("access", "neither BAC nor PACE: nobody could read this card")
	}
	for i, v := range p.Access.PACE {
		at := fmt.Sprintf("access.pace[%d]", i)
		if _, err := paceSuites(setOf(v.info())); err != nil {
			reject(at, "%v", err)
		}
		if v.Mapping == "im" && v.Group.Name() == "P-224" {
			reject(at, "P-224 has no integrated mapping")
		}
	}
	for _, word := range p.Access.Listed {
		if word != listedTA && word != listedCA {
			reject("access.listed", "write %s, %s", listedTA, listedCA)
		}
	}
	numbers := map[int]bool{}
	for i, k := range p.ChipAuthentication {
		if len(p.ChipAuthentication) > 1 && (k.Number == 0 || numbers[k.Number]) {
			reject(fmt.Sprintf("chip-authentication[%d]", i), "several keys need a number each")
		}
		numbers[k.Number] = true
		if len(k.Ciphers) == 0 {
			reject(fmt.Sprintf("chip-authentication[%d].ciphers", i), "a key without a cipher is of no use")
		}
	}
	if a := p.ActiveAuthentication; a != nil && a.Key.Group > 0 && a.Hash.index() == 0 {
		reject("active-authentication.hash", "SHA-1 is not for ECDSA")
	}
	if t := p.Transport.Answer; t < 0 || t > 0 && t < 32 {
		reject("transport.answer", "32 bytes or more, or nothing")
	}
}

const (
	listedTA = "terminal-authentication"
	listedCA = "chip-authentication"
)

// info is the PACEInfo: Doc 9303-11, 9.2.3.
func (v PACE) info() []byte {
	mapping := byte(mappingCAM)
	curve := int(v.Group) > 2
	switch {
	case v.Mapping == "gm" && curve:
		mapping = ecdhGM
	case v.Mapping == "gm":
		mapping = dhGM
	case v.Mapping == "im" && curve:
		mapping = ecdhIM
	case v.Mapping == "im":
		mapping = dhIM
	}
	id := append(slices.Clone(paceBase), mapping, byte(v.Cipher))
	return sequence(append([]byte{0x06, byte(len(id))}, id...), small(2), small(int(v.Group)))
}

// cardAccess is EF.CardAccess, nil for a card without PACE.
func (p Profile) cardAccess() []byte {
	if len(p.Access.PACE) == 0 {
		return nil
	}
	var infos [][]byte
	if slices.Contains(p.Access.Listed, listedTA) {
		infos = append(infos, sequence(oid(0, 4, 0, 127, 0, 7, 2, 2, 2), small(1)))
	}
	if slices.Contains(p.Access.Listed, listedCA) {
		for _, k := range p.ChipAuthentication {
			for _, c := range k.Ciphers {
				id := caOID(CAKey{GroupID: int(k.Group)}, keys.Suite(c))
				infos = append(infos, sequence(append([]byte{0x06, byte(len(id))}, id...), small(1)))
			}
		}
	}
	for _, v := range p.Access.PACE {
		infos = append(infos, v.info())
	}
	return setOf(merge(nil, infos)...)
}
