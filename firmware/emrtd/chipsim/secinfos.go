package chipsim

import (
	"fmt"

	"tram06/firmware/emrtd/tlv"
)

// securityInfos is the set in DG14: what the chip can prove, with the public
// keys for Chip Authentication, and EF.CardAccess once more. Nil for a chip
// with nothing to say. Doc 9303-11, 9.2.
func securityInfos(repeated []byte, k PrivateKeys) ([]byte, error) {
	infos, err := entries(repeated)
	if err != nil {
		return nil, err
	}
	own, err := caInfos(k.CA)
	if err != nil {
		return nil, err
	}
	infos = merge(infos, own)
	if k.AA != nil && k.AA.EC != nil {
		id := hashes[Hash(k.AA.Hash).index()]
		infos = merge(infos, [][]byte{sequence(oid(2, 23, 136, 1, 1, 5), small(1), oid(0, 4, 0, 127, 0, 7, 1, 1, 4, 1, id.aaInfo))})
	}
	if len(own) == 0 && k.AA == nil {
		return nil, nil
	}
	return setOf(infos...), nil
}

// cardSecurityInfos is the set in EF.CardSecurity: EF.CardAccess once more, and
// the public keys for chip authentication mapping.
func cardSecurityInfos(repeated []byte, k PrivateKeys) ([]byte, error) {
	infos, err := entries(repeated)
	if err != nil {
		return nil, err
	}
	own, err := caInfos(k.CAM)
	if err != nil {
		return nil, err
	}
	return setOf(merge(infos, own)...), nil
}

// caInfos says for each key with which ciphers it is used, and its public half.
func caInfos(all []CAKey) ([][]byte, error) {
	var infos [][]byte
	for _, key := range all {
		g, err := key.group()
		if err != nil {
			return nil, err
		}
		number := func(parts ...[]byte) []byte {
			if key.Number != 0 {
				parts = append(parts, small(key.Number))
			}
			return sequence(parts...)
		}
		for _, cipher := range key.Ciphers {
			infos = append(infos, number(tlv.Append(nil, 0x06, caOID(key, cipher)), small(1)))
		}
		agreement := 1
		if g.IsCurve() {
			agreement = 2
		}
		spki := publicKeyInfo(g, key.Form, g.Power(g.Base(), key.X))
		infos = append(infos, number(oid(0, 4, 0, 127, 0, 7, 2, 2, 1, agreement), spki))
	}
	return infos, nil
}

// entries takes a set apart.
func entries(set []byte) ([][]byte, error) {
	if set == nil {
		return nil, nil
	}
	n, err := tlv.ParseOne(set, 0x31)
	if err != nil {
		return nil, fmt.Errorf("security infos: %w", err)
	}
	var out [][]byte
	for e, err := range tlv.All(n.Value) {
		if err != nil {
			return nil, fmt.Errorf("security infos: %w", err)
		}
		out = append(out, e.Raw)
	}
	return out, nil
}

// merge adds what is not there yet.
func merge(infos, more [][]byte) [][]byte {
	seen := map[string]bool{}
	for _, i := range infos {
		seen[string(i)] = true
	}
	for _, i := range more {
		if !seen[string(i)] {
			infos = append(infos, i)
			seen[string(i)] = true
		}
	}
	return infos
}

// public is the SubjectPublicKeyInfo in DG15.
func (k *AAKey) public() []byte {
	if k.RSA != nil {
		return rsaInfo(&k.RSA.PublicKey)
	}
	return publicKeyInfo(k.EC.Group, k.EC.Form, k.EC.Group.Power(k.EC.Group.Base(), k.EC.X))
}
