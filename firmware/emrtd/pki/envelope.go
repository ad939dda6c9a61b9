package pki

import (
	"errors"
	"fmt"

	"tram06/firmware/emrtd/der"
	"tram06/firmware/emrtd/tlv"
)

// envelope is what an issuer's signature makes of a certificate or a list: RFC
// 5280 sections 4.1.1 and 5.1.1.
type envelope struct {
	signed, signature []byte
	algErr            error // why the algorithm is not known
}

// openEnvelope takes the envelope off and reads what was signed.
func openEnvelope(raw []byte) (envelope, *der.Reader, error) {
	outer := der.Inside(raw, der.Sequence)
	body := outer.Next(der.Sequence)
	outer.Next(der.Sequence) // the algorithm again, unsigned: the inner one counts
	signature := outer.Next(der.Bits).Value
	if err := outer.End(); err != nil {
		return envelope{}, nil, err
	}
	if len(signature) < 2 || signature[0] != 0 {
		return envelope{}, nil, errors.New("signature is no whole number of bytes")
	}
	return envelope{signed: body.Raw, signature: signature[1:]}, der.Read(body.Value), nil
}

// check checks that the key of issuer signed the body.
func (e *envelope) check(a Algorithm, issuer *Certificate) error {
	if e.algErr != nil {
		return e.algErr
	}
	if issuer.keyErr != nil {
		return issuer.keyErr
	}
	return issuer.key.Verify(a, e.signed, e.signature)
}

// extension is one of Extensions: RFC 5280 section 4.1.
type extension struct {
	id       string
	critical bool
	value    []byte
}

// parseExtensions reads them one by one.
func parseExtensions(b []byte, each func(extension) error) error {
	list := der.Inside(b, der.Sequence)
	for list.More() {
		e := list.Enter(der.Sequence)
		x := extension{id: e.OID(), critical: isTrue(e.Optional(der.Boolean)), value: e.Next(der.Octets).Value}
		if err := e.Err(); err != nil {
			return fmt.Errorf("extension: %w", err)
		}
		if err := each(x); err != nil {
			return fmt.Errorf("extension %s: %w", x.id, err)
		}
	}
	return list.Err()
}

// isTrue reads a BOOLEAN; one that is not there is false.
func isTrue(n tlv.Node) bool { return len(n.Value) == 1 && n.Value[0] != 0 }
