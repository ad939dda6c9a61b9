package chipsim

import (
	"bytes"
	"fmt"
	"math/big"
	"slices"
	"time"

	"tram06/firmware/emrtd/tlv"
)

// CRL is the CSCA's revocation list: Doc 9303-12, 7.1.4. It names the revoked
// document signers that were made so far, the ordinary one always.
func (a *Authority) CRL(now time.Time) ([]byte, error) {
	if _, err := a.signer(Ordinary(), Revoked); err != nil {
		return nil, err
	}
	var serials []*big.Int
	for id, p := range a.signers {
		if id.standing == Revoked {
			serials = append(serials, p.serial)
		}
	}
	slices.SortFunc(serials, (*big.Int).Cmp)
	var entries []byte
	for _, s := range serials {
		entries = append(entries, sequence(integer(s), date(a.now))...)
	}
	algorithm := a.root.key.algorithm(a.root.signing)
	body := sequence(
		small(1), // version 2
		algorithm,
		a.root.name,
		date(now), date(now.AddDate(0, 3, 0)),
		sequence(entries),
		tlv.Append(nil, 0xA0, sequence(
			extension(oid(2, 5, 29, 35), false, sequence(tlv.Append(nil, 0x80, a.root.keyID()))),
			extension(oid(2, 5, 29, 20), false, integer(big.NewInt(now.Unix()))))))
	signature, err := a.root.key.sign(a.rand, a.root.signing, body)
	if err != nil {
		return nil, fmt.Errorf("sign the revocation list: %w", err)
	}
	return sequence(body, algorithm, bits(signature)), nil
}

// Successor is the same country's next authority, with a key of its own, and
// the link certificate by which the old key vouches for the new: Doc 9303-12,
// 7.1.2.
func (a *Authority) Successor(now time.Time, signing Signing) (next *Authority, link []byte, err error) {
	next, err = NewAuthorityWith(a.rand, now, a.name+" 2", signing)
	if err != nil {
		return nil, nil, err
	}
	linked := *next.root
	a.serial++
	linked.serial = big.NewInt(a.serial)
	if err := certify(a.rand, roleCSCA, &linked, a.root); err != nil {
		return nil, nil, fmt.Errorf("link certificate: %w", err)
	}
	return next, linked.der, nil
}

// MasterList is a CMS file of CSCA certificates, this one and others, signed by
// a master list signer under this CSCA: Doc 9303-12, section 9.
func (a *Authority) MasterList(now time.Time, others ...[]byte) ([]byte, error) {
	by, err := a.party("Test master list signer", Ordinary(), now.AddDate(-1, 0, 0), now.AddDate(5, 0, 0))
	if err != nil {
		return nil, fmt.Errorf("master list signer: %w", err)
	}
	if err := certify(a.rand, roleListSigner, by, a.root); err != nil {
		return nil, fmt.Errorf("master list signer: %w", err)
	}
	all := append([][]byte{a.root.der}, others...)
	slices.SortFunc(all, bytes.Compare)
	content := sequence(small(0), setOf(all...))
	// The CSCA's certificate goes along, as the profile wants.
	der, err := signedData(a.rand, oid(2, 23, 136, 1, 1, 2), content, by, Ordinary(), now, a.root.der)
	if err != nil {
		return nil, fmt.Errorf("sign the master list: %w", err)
	}
	return der, nil
}
