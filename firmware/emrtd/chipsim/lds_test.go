package chipsim_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"

	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/emrtd/tlv"
)

// The structures of RFC 5652 and Doc 9303-10, read by encoding/asn1, which
// accepts nothing but DER.
type (
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content signedData `asn1:"tag:0,explicit"`
	}
	signedData struct {
		Version int
		Digests []algorithm `asn1:"set"`
		Encap   struct {
			Type    asn1.ObjectIdentifier
			Content []byte `asn1:"tag:0,explicit"`
		}
		Certificates asn1.RawValue `asn1:"tag:0"`
		Signers      []signerInfo  `asn1:"set"`
	}
	signerInfo struct {
		Version int
		Issuer  struct {
			Name   asn1.RawValue
			Serial int
		}
		Digest     algorithm
		Attributes asn1.RawValue `asn1:"tag:0"`
		Algorithm  algorithm
		Signature  []byte
	}
	algorithm struct{ OID asn1.ObjectIdentifier }
	attribute struct {
		OID    asn1.ObjectIdentifier
		Values asn1.RawValue `asn1:"set"`
	}
	ldsObject struct {
		Version int
		Digest  algorithm
		Hashes  []struct {
			DG   int
			Hash []byte
		}
	}
)

func whole(t *testing.T, der []byte, into any) {
	t.Helper()
	rest, err := asn1.Unmarshal(der, into)
	if err != nil || len(rest) > 0 {
		t.Fatalf("%T: %v, %d bytes left", into, err, len(rest))
	}
}

func document(t *testing.T, photo []byte) (*chipsim.Authority, chipsim.Files) {
	t.Helper()
	a, err := chipsim.NewAuthority(rand.Reader, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	k, err := chipsim.NewPrivateKeys(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	f, err := chipsim.Build(chipsim.Content{MRZ: testMRZ, Portrait: photo, Width: 480, Height: 640,
		More: map[int][]byte{13: tlv.Append(nil, 0x6D, []byte{5, 0})}}, k, a, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return a, f
}

func TestSOD(t *testing.T) {
	a, f := document(t, []byte{0xFF, 0xD8, 0xFF})
	outer, err := tlv.ParseOne(f[chipsim.FileSOD], 0x77)
	if err != nil {
		t.Fatal(err)
	}
	var ci contentInfo
	whole(t, outer.Value, &ci)
	sd := ci.Content
	if ci.Type.String() != "1.2.840.113549.1.7.2" || sd.Version != 3 || sd.Encap.Type.String() != "2.23.136.1.1.1" || len(sd.Signers) != 1 {
		t.Fatalf("%v version %d, %v, %d signers", ci.Type, sd.Version, sd.Encap.Type, len(sd.Signers))
	}
	var lds ldsObject
	whole(t, sd.Encap.Content, &lds)
	var groups []int
	for _, h := range lds.Hashes {
		groups = append(groups, h.DG)
		if sum := sha256.Sum256(f[chipsim.DG(h.DG)]); !bytes.Equal(sum[:], h.Hash) {
			t.Errorf("hash of data group %d is wrong", h.DG)
		}
	}
	if !slices.Equal(groups, []int{1, 2, 3, 13, 14, 15}) {
		t.Errorf("data groups %v", groups)
	}

	signer := sd.Signers[0]
	var digest []byte
	rest := signer.Attributes.Bytes
	for len(rest) > 0 {
		var at attribute
		if rest, err = asn1.Unmarshal(rest, &at); err != nil {
			t.Fatal(err)
		}
		if at.OID.String() == "1.2.840.113549.1.9.4" {
			whole(t, at.Values.Bytes, &digest)
		}
	}
	if sum := sha256.Sum256(sd.Encap.Content); !bytes.Equal(sum[:], digest) {
		t.Error("the message digest is not that of the content")
	}
	ds, err := x509.ParseCertificate(sd.Certificates.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	signed := append([]byte{0x31}, signer.Attributes.FullBytes[1:]...)
	if err := ds.CheckSignature(x509.ECDSAWithSHA256, signed, signer.Signature); err != nil {
		t.Errorf("signature: %v", err)
	}
	if err := ds.CheckSignatureFrom(a.CSCA); err != nil {
		t.Errorf("chain: %v", err)
	}
	for _, c := range []*x509.Certificate{ds, a.CSCA} {
		if !strings.Contains(c.Subject.String(), "TEST, not an authority") && !strings.Contains(c.Subject.String(), `TEST\, not an authority`) {
			t.Errorf("certificate does not say what it is: %s", c.Subject)
		}
	}
}

func TestFaceFile(t *testing.T) {
	photo := bytes.Repeat([]byte{0xFF, 0xD8, 7}, 4000)
	_, f := document(t, photo)
	dg2, err := tlv.ParseOne(f[chipsim.DG(2)], 0x75)
	if err != nil {
		t.Fatal(err)
	}
	record, ok := dg2.Find(0x7F61, 0x7F60, 0x5F2E)
	if !ok {
		t.Fatal("no facial record")
	}
	// ISO/IEC 19794-5: header of 14, facial information of 20, image
	// information of 12 bytes.
	b := record.Value
	if string(b[:8]) != "FAC\x00010\x00" || int(binary.BigEndian.Uint32(b[8:])) != len(b) || binary.BigEndian.Uint16(b[12:]) != 1 {
		t.Errorf("header %X", b[:14])
	}
	if int(binary.BigEndian.Uint32(b[14:])) != len(b)-14 || binary.BigEndian.Uint16(b[18:]) != 0 {
		t.Errorf("facial information %X", b[14:34])
	}
	if b[34] != 1 || b[35] != 0 || binary.BigEndian.Uint16(b[36:]) != 480 || binary.BigEndian.Uint16(b[38:]) != 640 || !bytes.Equal(b[46:], photo) {
		t.Errorf("image information %X", b[34:46])
	}
}

func TestCOM(t *testing.T) {
	_, f := document(t, []byte{1})
	com, err := tlv.ParseOne(f[chipsim.FileCOM], 0x60)
	if err != nil {
		t.Fatal(err)
	}
	if list, ok := com.Find(0x5C); !ok || !bytes.Equal(list.Value, []byte{0x61, 0x75, 0x63, 0x6D, 0x6E, 0x6F}) {
		t.Errorf("data groups %X", list.Value)
	}
}

func TestBuildRefuses(t *testing.T) {
	a, _ := document(t, []byte{1})
	for name, c := range map[string]chipsim.Content{
		"no portrait":       {MRZ: testMRZ},
		"short MRZ":         {MRZ: testMRZ[1:], Portrait: []byte{1}},
		"wrong tag":         {MRZ: testMRZ, Portrait: []byte{1}, More: map[int][]byte{13: {0x61, 1, 0}}},
		"no such group":     {MRZ: testMRZ, Portrait: []byte{1}, More: map[int][]byte{17: {0x6D, 1, 0}}},
		"bytes behind file": {MRZ: testMRZ, Portrait: []byte{1}, More: map[int][]byte{13: {0x6D, 1, 0, 0}}},
	} {
		if _, err := chipsim.Build(c, chipsim.PrivateKeys{}, a, rand.Reader); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := chipsim.New(chipsim.Personality{MRZ: strings.Replace(testMRZ, "638", "639", 1)}, nil, rand.Reader); err == nil {
		t.Error("a wrong check digit in the MRZ is accepted")
	}
	if _, err := chipsim.New(chipsim.Personality{MRZ: testMRZ}, nil, nil); err == nil {
		t.Error("a chip without randomness is accepted")
	}
}

// FuzzTransmit: nothing that a reader sends may upset the chip.
func FuzzTransmit(f *testing.F) {
	for _, s := range []string{"", "\x00\xa4\x04\x0c\x07\xa0\x00\x00\x02\x47\x10\x01", "\x00\xb0\x9c\x00\x00", "\x00\x84\x00\x00\x08",
		"\x00\x22\xc1\xa4\x0f\x80\x0a\x04\x00\x7f\x00\x07\x02\x02\x04\x02\x02\x83\x01\x02", "\x10\x86\x00\x00\x02\x7c\x00\x00", "\x0c\xb0\x81\x00\x00"} {
		f.Add([]byte(s), []byte(s))
	}
	k, err := chipsim.NewPrivateKeys(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, one, two []byte) {
		c, err := chipsim.New(chipsim.Personality{CAN: testCAN, MRZ: testMRZ, CardAccess: cardAccess, Keys: k}, chipsim.Files{0x0101: {0x61, 0}}, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		for _, cmd := range [][]byte{one, two, one} {
			before := bytes.Clone(cmd)
			if a := c.Transmit(cmd); len(a) < 2 {
				t.Fatalf("answer of %d bytes", len(a))
			}
			if !bytes.Equal(before, cmd) {
				t.Fatal("the command was written to")
			}
			if c.Granted() {
				t.Fatal("access without a key")
			}
		}
	})
}
