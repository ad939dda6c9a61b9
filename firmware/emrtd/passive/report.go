package passive

import (
	"errors"
	"fmt"
)

// Outcome of one of the two checks.
type Outcome uint8

// The outcomes. The zero value claims nothing.
const (
	Unknown Outcome = iota // not checked, or not checkable here
	Valid
	Invalid
)

func (o Outcome) String() string {
	switch o {
	case Valid:
		return "valid"
	case Invalid:
		return "invalid"
	case Unknown:
		return "unknown"
	}
	return fmt.Sprintf("Outcome(%d)", uint8(o))
}

// Report keeps the two answers apart.
type Report struct {
	Hashes    Outcome
	Wrong     []int // data groups that do not match
	Signature Outcome
	// SignatureErr tells why the signature is not valid; nothing personal.
	SignatureErr error
}

// Check checks whole files, by data group number, against the security object.
// Hashes stays Unknown when there are no files.
func (s *SOD) Check(files map[int][]byte) Report {
	var r Report
	var he *HashError
	switch err := s.VerifyHashes(files); {
	case errors.As(err, &he):
		r.Hashes, r.Wrong = Invalid, he.Groups
	case err == nil && len(files) > 0:
		r.Hashes = Valid
	}
	switch err := s.VerifySignature(); {
	case err == nil:
		r.Signature = Valid
	case errors.Is(err, ErrUnsupported):
		r.SignatureErr = err
	default:
		r.Signature, r.SignatureErr = Invalid, err
	}
	return r
}
