// Package trust answers the third question of Passive Authentication: does the
// certificate of a document signer chain to an authority (CSCA) that somebody
// trusts. ICAO Doc 9303-12.
//
// The authorities are files in a folder that the operator fills. Nothing that
// comes with a card ever adds to them.
package trust

import "time"

// Store is what is trusted. It never changes and is safe for concurrent use;
// to load the folder again is to open another one. A nil Store trusts nobody.
type Store struct{}

// Problem is a file in the folder that cannot be used, and why.
type Problem struct {
	File string // its name in the folder
	Err  error
}

func (p Problem) Error() string { return p.File + ": " + p.Err.Error() }

// Unwrap gives the reason.
func (p Problem) Unwrap() error { return p.Err }

// Open reads the folder. The error says that the folder itself cannot be read;
// what is wrong with single files is told by the problems, and the rest is used.
func Open(dir string) (*Store, []Problem, error) { return &Store{}, nil, nil }

// Verify judges a document signer's certificate (DER). others are the
// certificates that came with it. signedAt is when the document was signed,
// zero if it does not say. The error explains every verdict but Trusted and
// has nothing personal in it.
func (s *Store) Verify(signer []byte, others [][]byte, signedAt, now time.Time) (Verdict, error) {
	return Unknown, nil
}
