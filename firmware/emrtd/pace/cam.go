package pace

import (
	"bytes"
	"errors"
	"fmt"

	"tram06/firmware/emrtd/group"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/secinfo"
)

var (
	// ErrClone: the chip does not have the private key that was signed for it.
	ErrClone = errors.New("pace: the chip is a copy")
	// ErrCardSecurity: the signed file has no key to hold the chip's proof
	// against, or is no list of security infos.
	ErrCardSecurity = errors.New("pace: no key for the chip's proof")
)

// CAMProof is what a chip gave in chip authentication mapping: section
// 4.4.3.5. It proves nothing before Verify has held it against the key that
// the issuer signed.
type CAMProof struct {
	g         group.Group
	parameter int
	mapping   group.Element // the chip's public key of the mapping
	data      []byte        // takes the signed key to that one
}

// newProof decrypts the chip authentication data with the session's key.
func newProof(r *run, kenc []byte, mapping group.Element, encrypted []byte) (*CAMProof, error) {
	block, err := keys.NewCipher(r.suite, kenc)
	if err != nil {
		return nil, fmt.Errorf("pace: %w", err)
	}
	defer keys.WipeCipher(block)
	text := bytes.Clone(encrypted)
	iv := bytes.Repeat([]byte{0xFF}, block.BlockSize())
	block.Encrypt(iv, iv)
	if err := keys.DecryptCBC(block, iv, text); err != nil {
		return nil, fmt.Errorf("%w: chip authentication data: %w", ErrChip, err)
	}
	data, err := keys.Unpad(text, block.BlockSize())
	if err != nil {
		return nil, fmt.Errorf("%w: chip authentication data: %w", ErrChip, err)
	}
	if want := (r.g.Order().BitLen() + 7) / 8; len(data) != want {
		return nil, fmt.Errorf("%w: chip authentication data of %d bytes, want %d", ErrChip, len(data), want)
	}
	return &CAMProof{r.g, r.info.ParameterID, mapping, data}, nil
}

// maxKeys bounds what a chip can make us compute; chips hold one key or two.
const maxKeys = 8

// Verify holds the proof against the keys among the security infos that
// EF.CardSecurity has as its contents. That they are signed by the issuer is
// for the caller to have checked: an unsigned key proves nothing. The key that
// has the number of PACE's parameters is meant (section 9.2.1); chips that
// number it otherwise are taken by any signed key over the same parameters.
func (p *CAMProof) Verify(securityInfos []byte) error {
	infos, err := secinfo.Parse(securityInfos)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCardSecurity, err)
	}
	var faults []error
	tried, keys := false, 0
	for _, i := range infos {
		if !i.Below(secinfo.ChipAuthenticationKey) {
			continue
		}
		if keys++; keys > maxKeys {
			return fmt.Errorf("%w: more than %d keys", ErrCardSecurity, maxKeys)
		}
		g, key, err := group.ParseKey(i.Required.Raw)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if !group.Same(g, p.g) {
			continue
		}
		tried = true
		if p.VerifyKey(key) == nil {
			return nil
		}
	}
	if !tried {
		return errors.Join(append([]error{fmt.Errorf("%w over %v", ErrCardSecurity, p.g)}, faults...)...)
	}
	return ErrClone
}

// VerifyKey holds the proof against one key over the parameters of PACE:
// data·key must be the chip's public key of the mapping.
func (p *CAMProof) VerifyKey(key group.Element) error {
	public, err := p.g.Mul(key, p.data)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrClone, err)
	}
	if !bytes.Equal(public, p.mapping) {
		return ErrClone
	}
	return nil
}

// ParameterID is the number of the key that the proof is meant for.
func (p *CAMProof) ParameterID() int { return p.parameter }

// Wipe overwrites the proof: it tells one chip from all others.
func (p *CAMProof) Wipe() {
	clear(p.data)
	clear(p.mapping)
}

// String keeps the proof out of every log by accident.
func (*CAMProof) String() string { return "pace.CAMProof" }

// GoString does the same for %#v.
func (*CAMProof) GoString() string { return "pace.CAMProof" }
