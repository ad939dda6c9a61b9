// Package der reads ASN.1 as certificates, revocation lists and CMS have it,
// on top of package tlv.
//
// encoding/asn1 is stricter than the signers of identity documents are: it
// refuses lengths with leading zeros, integers with too many zeros and times
// without seconds, each of which is out there. What is signed is always taken
// as the bytes that were sent, so tolerance never changes what a signature is
// about.
package der

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"tram06/firmware/emrtd/tlv"
)

// ErrSyntax: the bytes are not what belongs in this place.
var ErrSyntax = errors.New("der: malformed")

// Tags that are met everywhere.
const (
	Boolean     tlv.Tag = 0x01
	Integer     tlv.Tag = 0x02
	Bits        tlv.Tag = 0x03
	Octets      tlv.Tag = 0x04
	OID         tlv.Tag = 0x06
	UTCTime     tlv.Tag = 0x17
	General     tlv.Tag = 0x18 // GeneralizedTime
	Sequence    tlv.Tag = 0x30
	Set         tlv.Tag = 0x31
	Context0    tlv.Tag = 0xA0
	Context1    tlv.Tag = 0xA1
	Context2    tlv.Tag = 0xA2
	Context3    tlv.Tag = 0xA3
	Primitive0  tlv.Tag = 0x80
	Primitive1  tlv.Tag = 0x81
	Primitive2  tlv.Tag = 0x82
	octetsParts tlv.Tag = 0x24 // OCTET STRING in pieces, BER
)

// Reader takes data objects one after the other and keeps the first error.
type Reader struct {
	rest []byte
	err  error
}

// Read reads the data objects that b is made of.
func Read(b []byte) *Reader { return &Reader{rest: b} }

// Inside reads the one object with this tag that must fill b.
func Inside(b []byte, tag tlv.Tag) *Reader {
	n, err := tlv.ParseOne(b, tag)
	return &Reader{rest: n.Value, err: err}
}

// Err is the first error that was met.
func (r *Reader) Err() error { return r.err }

// More tells whether something is left to read.
func (r *Reader) More() bool { return r.err == nil && len(r.rest) > 0 }

// Rest is what has not been read yet.
func (r *Reader) Rest() []byte { return r.rest }

// End is the first error, or the complaint that something is left.
func (r *Reader) End() error {
	if r.err == nil && len(r.rest) > 0 {
		return fmt.Errorf("%w: more than belongs here", ErrSyntax)
	}
	return r.err
}

// Next takes the next object, which must have this tag.
func (r *Reader) Next(tag tlv.Tag) tlv.Node {
	n := r.Any()
	if r.err == nil && n.Tag != tag {
		r.err = fmt.Errorf("%w: tag %v where %v belongs", ErrSyntax, n.Tag, tag)
		return tlv.Node{}
	}
	return n
}

// Any takes the next object whatever it is.
func (r *Reader) Any() tlv.Node {
	if r.err != nil {
		return tlv.Node{}
	}
	n, rest, err := tlv.Parse(r.rest)
	if err != nil {
		r.err = err
		return tlv.Node{}
	}
	r.rest = rest
	return n
}

// Optional takes the next object if it has this tag; Raw is nil otherwise.
func (r *Reader) Optional(tag tlv.Tag) tlv.Node {
	if !r.More() {
		return tlv.Node{}
	}
	if n, rest, err := tlv.Parse(r.rest); err == nil && n.Tag == tag {
		r.rest = rest
		return n
	}
	return tlv.Node{}
}

// Enter reads inside the next object, which must have this tag.
func (r *Reader) Enter(tag tlv.Tag) *Reader {
	n := r.Next(tag)
	return &Reader{rest: n.Value, err: r.err}
}

// OID takes an object identifier in its dotted form.
func (r *Reader) OID() string {
	n := r.Next(OID)
	if r.err != nil {
		return ""
	}
	s, err := dotted(n.Value)
	if err != nil {
		r.err = err
	}
	return s
}

// Unsigned takes an INTEGER as a number without a sign: some signers forget
// the zero that keeps a number from being negative.
func (r *Reader) Unsigned() *big.Int { return new(big.Int).SetBytes(r.Next(Integer).Value) }

// Small takes an INTEGER from 0 to limit.
func (r *Reader) Small(limit int) int {
	n := r.Next(Integer)
	if r.err != nil {
		return 0
	}
	v := new(big.Int).SetBytes(n.Value)
	if len(n.Value) == 0 || n.Value[0]&0x80 != 0 || !v.IsInt64() || v.Int64() > int64(limit) {
		r.err = fmt.Errorf("%w: number out of range", ErrSyntax)
		return 0
	}
	return int(v.Int64())
}

// Time takes a UTCTime or a GeneralizedTime.
func (r *Reader) Time() time.Time {
	n := r.Any()
	if r.err != nil {
		return time.Time{}
	}
	t, err := ParseTime(n)
	if err != nil {
		r.err = err
	}
	return t
}

// ParseTime reads a UTCTime or a GeneralizedTime, with or without seconds,
// fractions and offset.
func ParseTime(n tlv.Node) (time.Time, error) {
	s := string(n.Value)
	switch n.Tag {
	case UTCTime:
		for _, layout := range []string{"060102150405Z0700", "0601021504Z0700"} {
			if t, err := time.Parse(layout, s); err == nil {
				if t.Year() >= 2050 { // two digits reach from 1950 to 2049: RFC 5280
					t = t.AddDate(-100, 0, 0)
				}
				return t.UTC(), nil
			}
		}
	case General:
		for _, layout := range []string{"20060102150405Z0700", "200601021504Z0700"} {
			if t, err := time.Parse(layout, s); err == nil { // takes a fraction too
				return t.UTC(), nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("%w: not a time", ErrSyntax)
}

// dotted writes the value of an object identifier.
func dotted(b []byte) (string, error) {
	if len(b) == 0 || len(b) > 64 || b[len(b)-1]&0x80 != 0 {
		return "", fmt.Errorf("%w: object identifier", ErrSyntax)
	}
	var out strings.Builder
	var v uint64
	for _, c := range b {
		if v>>56 != 0 || v == 0 && c == 0x80 {
			return "", fmt.Errorf("%w: object identifier", ErrSyntax)
		}
		v = v<<7 | uint64(c&0x7F)
		if c&0x80 != 0 {
			continue
		}
		if out.Len() == 0 {
			first := min(v/40, 2)
			out.WriteString(strconv.FormatUint(first, 10))
			v -= 40 * first
		}
		out.WriteByte('.')
		out.WriteString(strconv.FormatUint(v, 10))
		v = 0
	}
	return out.String(), nil
}
