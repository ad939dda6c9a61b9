package trust

import (
	"cmp"
	"errors"
	"fmt"

	"tram06/firmware/emrtd/cms"
	"tram06/firmware/emrtd/der"
)

// oidMasterList is the content of a CSCA master list: Doc 9303-12 section 9.
const oidMasterList = "2.23.136.1.1.2"

// ErrMasterList: the bytes are no CSCA master list.
var ErrMasterList = errors.New("trust: malformed master list")

// maxCertificates is many times what all countries have.
const maxCertificates = 20000

// MasterList is a list of authorities that a country, or ICAO, has signed.
// Nothing in it has been verified.
type MasterList struct {
	Certificates [][]byte // of authorities, DER
	data         *cms.SignedData
}

// ParseMasterList reads a CSCA master list.
func ParseMasterList(b []byte) (*MasterList, error) {
	m, err := parseMasterList(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMasterList, err)
	}
	return m, nil
}

func parseMasterList(b []byte) (*MasterList, error) {
	data, err := cms.Parse(b)
	if err != nil {
		return nil, err
	}
	if data.ContentType != oidMasterList {
		return nil, fmt.Errorf("content is %s, no master list", data.ContentType)
	}
	r := der.Inside(data.Content, der.Sequence)
	r.Small(255) // version
	set := r.Enter(der.Set)
	m := &MasterList{data: data}
	for set.More() {
		if len(m.Certificates) == maxCertificates {
			return nil, errors.New("too many certificates")
		}
		m.Certificates = append(m.Certificates, set.Any().Raw)
	}
	return m, cmp.Or(r.Err(), set.Err())
}

// Signer is who signed the list. That the signature is right says nothing of
// whether the signer is to be believed.
func (m *MasterList) Signer() (cms.Signer, error) {
	signers, err := m.data.Verify(m.Certificates...)
	if err != nil {
		return cms.Signer{}, err
	}
	return signers[0], nil
}

// Others are the certificates that came with the list, DER.
func (m *MasterList) Others() [][]byte { return m.data.Certificates }
