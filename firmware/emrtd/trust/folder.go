package trust

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
)

// Reasons why the folder is not changed.
var (
	// ErrNone: no entry has this fingerprint.
	ErrNone = errors.New("trust: no such fingerprint")
	// ErrAmbiguous: several have it, or it is too short to tell.
	ErrAmbiguous = errors.New("trust: ambiguous fingerprint")
	// ErrShared: other entries stand in the same file.
	ErrShared = errors.New("trust: the file holds other entries too")
)

// minPrefix is how much of a fingerprint must be said, in hexadecimal digits:
// nobody removes an authority by a slip of the hand.
const minPrefix = 6

// Change is what became of one certificate or list that was to be added.
type Change struct {
	Entry        // Err says why it was refused
	Known   bool // it was there already
	Written bool
	From    int // which of the data it was in, from 0
}

// Add writes certificates and lists into the folder, each into a file of its
// own, whole or not at all. An entry that would not be used there is refused:
// a link certificate, for example, whose authority is neither in the folder nor
// among those that are added. The folder is made if it is not there.
//
// The changes come first for data that is neither certificate nor list, then in
// the order of the data. Nothing is written when dry is set.
func Add(dir string, dry bool, data ...[]byte) ([]Change, error) {
	var items []item
	var out []Change
	for i, b := range data {
		found, wrong := parseFile(b)
		for k := range found {
			found[k].from = i
		}
		items = append(items, found...)
		for _, err := range wrong {
			out = append(out, Change{Entry: Entry{Kind: KindOther, Err: err}, From: i})
		}
	}
	have, _, err := load(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	// Those that are there come first, so that the added ones are the doubles.
	s := &Store{items: append(have, items...)}
	s.settle()
	for _, it := range s.items[len(have):] {
		c := Change{Entry: it.entry(), From: it.from}
		switch {
		case errors.Is(it.err, ErrTwice):
			c.Known, c.Err = true, nil
			c.restore(it)
		case it.err == nil && !dry:
			c.File = fileName(c.Entry)
			if err := write(dir, c.File, it); err != nil {
				return out, err
			}
			c.Written = true
		}
		out = append(out, c)
	}
	return out, nil
}

// restore says of a double what kind it is: a double is not judged again.
func (c *Change) restore(it item) {
	if it.certificate != nil && mayCertify(it.certificate) == nil {
		c.Kind = KindAuthority
		if it.certificate.CheckSignature(it.certificate) != nil {
			c.Kind = KindLink
		}
	}
}

// fileName is the same for the same entry: country and fingerprint.
func fileName(e Entry) string {
	country := strings.ToLower(e.Country)
	if len(country) != 2 || strings.Trim(country, "abcdefghijklmnopqrstuvwxyz") != "" {
		country = "xx"
	}
	kind := ".cer"
	if e.Kind == KindList {
		kind = ".crl"
	}
	return country + "-" + e.Fingerprint[:16] + kind
}

func write(dir, name string, it item) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the folder of authorities: %w", err)
	}
	raw := it.raw()
	if err := renameio.WriteFile(filepath.Join(dir, name), raw, 0o644); err != nil {
		return fmt.Errorf("write into the folder of authorities: %w", err)
	}
	return nil
}

// Remove deletes the entry whose fingerprint begins with prefix, hexadecimal,
// with or without colons. Entries that are not used can be removed as well.
func Remove(dir, prefix string) (Entry, error) {
	prefix = strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(prefix))
	if strings.Trim(prefix, "0123456789abcdef") != "" || len(prefix) > 64 {
		return Entry{}, fmt.Errorf("%w: %q is no SHA-256 in hexadecimal digits", ErrNone, prefix)
	}
	if len(prefix) < minPrefix {
		return Entry{}, fmt.Errorf("%w: say %d digits of it or more", ErrAmbiguous, minPrefix)
	}
	s, _, err := Open(dir)
	if err != nil {
		return Entry{}, err
	}
	var found []item
	for _, it := range s.items {
		if strings.HasPrefix(hex.EncodeToString(it.print[:]), prefix) {
			found = append(found, it)
		}
	}
	switch {
	case len(found) == 0:
		return Entry{}, fmt.Errorf("%w: %s", ErrNone, prefix)
	case len(found) > 1:
		var files []string
		for _, it := range found {
			files = append(files, it.file)
		}
		return Entry{}, fmt.Errorf("%w: %s fits %s", ErrAmbiguous, prefix, strings.Join(files, " and "))
	case !found[0].alone:
		return Entry{}, fmt.Errorf("%w: take it out of %s by hand", ErrShared, found[0].file)
	}
	if err := os.Remove(filepath.Join(dir, found[0].file)); err != nil {
		return Entry{}, fmt.Errorf("remove from the folder of authorities: %w", err)
	}
	return found[0].entry(), nil
}

func (it item) raw() []byte {
	if it.crl != nil {
		return it.crl.Raw
	}
	return it.certificate.Raw
}
