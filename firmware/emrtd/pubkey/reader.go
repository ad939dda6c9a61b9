package pubkey

import (
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"tram06/firmware/emrtd/tlv"
)

// reader takes data objects off one after the other and keeps the first error.
type reader struct {
	rest []byte
	err  error
}

// next takes an object that must have this tag.
func (r *reader) next(tag tlv.Tag) tlv.Node {
	if r.err != nil {
		return tlv.Node{}
	}
	n, rest, err := tlv.Parse(r.rest)
	if err == nil && n.Tag != tag {
		err = fmt.Errorf("%v where %v belongs", n.Tag, tag)
	}
	if err != nil {
		r.err = err
		return tlv.Node{}
	}
	r.rest = rest
	return n
}

// peek tells whether an object with this tag follows.
func (r *reader) peek(tag tlv.Tag) bool {
	t, _, _, err := tlv.Header(r.rest)
	return r.err == nil && len(r.rest) > 0 && err == nil && t == tag
}

// integer takes a non-negative INTEGER.
func (r *reader) integer() *big.Int {
	n := r.next(tagInteger)
	if r.err == nil && (len(n.Value) == 0 || n.Value[0]&0x80 != 0) {
		r.err = errors.New("negative number where none can be")
	}
	return new(big.Int).SetBytes(n.Value)
}

func (r *reader) oid() asn1.ObjectIdentifier {
	n := r.next(tagOID)
	if r.err != nil {
		return nil
	}
	var id asn1.ObjectIdentifier
	if rest, err := asn1.Unmarshal(n.Raw, &id); err != nil || len(rest) > 0 {
		r.err = errors.New("malformed object identifier")
		return nil
	}
	return id
}

// end makes sure that nothing is left.
func (r *reader) end() error {
	if r.err == nil && len(r.rest) > 0 {
		r.err = errors.New("bytes left over")
	}
	return r.err
}
