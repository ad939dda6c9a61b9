package pace_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"testing"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/pace"
	"tram06/firmware/emrtd/tlv"
)

// paceInfo is one entry of EF.CardAccess.
func paceInfo(mapping, cipher, id byte) []byte {
	return append([]byte{0x30, 0x12, 0x06, 0x0A, 4, 0, 0x7F, 0, 7, 2, 2, 4, mapping, cipher, 2, 1, 2, 2, 1}, id)
}

func TestChooseByStrength(t *testing.T) {
	// Each list is ordered: every entry beats those behind it.
	for name, order := range map[string][][]byte{
		"mapping, cipher, size": {
			paceInfo(6, 4, 13), paceInfo(6, 2, 18), paceInfo(6, 2, 9), paceInfo(2, 4, 12), paceInfo(4, 4, 12),
			paceInfo(2, 3, 18), paceInfo(2, 2, 17), paceInfo(4, 2, 16), paceInfo(2, 2, 13), paceInfo(2, 2, 11), paceInfo(2, 1, 18),
			paceInfo(4, 1, 8), paceInfo(1, 4, 2), paceInfo(3, 4, 2), paceInfo(1, 4, 0), paceInfo(3, 2, 1), paceInfo(1, 1, 0),
		},
		"no CAM with 3DES": {paceInfo(2, 1, 13), paceInfo(6, 1, 13)},
		"P-224 cannot map": {paceInfo(2, 1, 8), paceInfo(4, 4, 10)},
		"unknown":          {paceInfo(1, 1, 0), paceInfo(9, 4, 18), paceInfo(2, 9, 18), paceInfo(2, 4, 40), paceInfo(1, 4, 13), paceInfo(2, 4, 1)},
	} {
		for i := range order {
			list := slices.Clone(order[i:])
			slices.Reverse(list)
			infos, err := pace.ParseCardAccess(set(list...))
			if err != nil || len(infos) != len(list) {
				t.Fatalf("%s: %d of %d, %v", name, len(infos), len(list), err)
			}
			got, err := pace.Choose(infos)
			if !infos[len(infos)-1].Supported() {
				if !errors.Is(err, pace.ErrUnsupported) {
					t.Errorf("%s: chose %v out of what nobody knows, %v", name, got, err)
				}
				continue
			}
			if err != nil || !got.Protocol.Equal(infos[len(infos)-1].Protocol) || got.ParameterID != infos[len(infos)-1].ParameterID {
				t.Errorf("%s: chose %v, %v, want %v", name, got, err, infos[len(infos)-1])
			}
		}
	}
}

// Of equals, the chip's first.
func TestChooseKeepsTheChipsOrder(t *testing.T) {
	for _, ids := range [][]byte{{12, 13}, {13, 12}, {16, 15}, {15, 16}} {
		infos, err := pace.ParseCardAccess(set(paceInfo(2, 2, ids[0]), paceInfo(2, 2, ids[1])))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := pace.Choose(infos); err != nil || got.ParameterID != int(ids[0]) {
			t.Errorf("%v: chose %v, %v", ids, got, err)
		}
	}
}

func TestAmbiguous(t *testing.T) {
	for _, tt := range []struct {
		name    string
		entries [][]byte
		want    bool
	}{
		{"one", [][]byte{paceInfo(2, 2, 13)}, false},
		{"three protocols, one set of parameters", [][]byte{paceInfo(2, 2, 13), paceInfo(4, 2, 13), paceInfo(6, 4, 13)}, false},
		{"twice the same", [][]byte{paceInfo(2, 2, 13), paceInfo(2, 2, 13)}, false},
		{"one protocol, two sets", [][]byte{paceInfo(2, 2, 13), paceInfo(2, 2, 12)}, true},
		{"two protocols, two sets", [][]byte{paceInfo(2, 2, 13), paceInfo(6, 2, 12)}, true},
		{"beside one that is unknown", [][]byte{paceInfo(2, 2, 13), paceInfo(9, 2, 40)}, true},
	} {
		infos, err := pace.ParseCardAccess(set(tt.entries...))
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range infos {
			if i.Ambiguous != tt.want {
				t.Errorf("%s: %v", tt.name, i.Ambiguous)
			}
		}
	}
}

// Domain parameters that the chip spells out are never used; the standardised
// ones beside them are.
func TestSpelledOutParameters(t *testing.T) {
	own := tlv.Append(nil, 0x30, unhex(t, "060904007F0007020204"+"02"), unhex(t, "300B06072A8648CE3D020105"+"00"), []byte{2, 1, 40})
	infos, err := pace.ParseCardAccess(set(own, paceInfo(2, 2, 40), paceInfo(2, 2, 13)))
	if err != nil || len(infos) != 2 {
		t.Fatalf("%v, %v", infos, err)
	}
	if got, err := pace.Choose(infos); err != nil || got.ParameterID != 13 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestHidden(t *testing.T) {
	parse := func(entries ...[]byte) []pace.Info {
		infos, err := pace.ParseCardAccess(set(entries...))
		if err != nil {
			t.Fatal(err)
		}
		return infos
	}
	signed := parse(paceInfo(2, 2, 13), paceInfo(6, 4, 13), paceInfo(6, 4, 17))
	if got := pace.Hidden(signed, signed); len(got) != 0 {
		t.Errorf("%v hidden in the same list", got)
	}
	got := pace.Hidden(parse(paceInfo(2, 2, 13), paceInfo(6, 4, 13)), signed)
	if len(got) != 1 || got[0].ParameterID != 17 {
		t.Errorf("%v hidden", got)
	}
	if got := pace.Hidden(nil, signed); len(got) != 3 || len(signed) != 3 {
		t.Errorf("%v hidden", got)
	}
	if got := pace.Hidden(signed, nil); len(got) != 0 {
		t.Errorf("%v hidden out of nothing", got)
	}
}

// What a technician reads.
func TestWords(t *testing.T) {
	for want, i := range map[string]pace.Info{
		"PACE-GM AES-128 brainpoolP256r1":                     {Protocol: protocol(2, 2), Version: 2, ParameterID: 13},
		"PACE-IM 3DES P-521":                                  {Protocol: protocol(4, 1), Version: 2, ParameterID: 18},
		"PACE-CAM AES-256 brainpoolP512r1":                    {Protocol: protocol(6, 4), Version: 2, ParameterID: 17},
		"PACE-IM AES-192 DH-2048/256":                         {Protocol: protocol(3, 3), Version: 2, ParameterID: 2},
		"PACE-GM parameter 99":                                {Protocol: protocol(2, 2), Version: 2, ParameterID: 99},
		"PACE 0.4.0.127.0.7.2.2.4.9.2 version 2 parameter 13": {Protocol: protocol(9, 2), Version: 2, ParameterID: 13},
		"PACE 0.4.0.127.0.7.2.2.4.2.2 version 1 parameter 13": {Protocol: protocol(2, 2), Version: 1, ParameterID: 13},
		"PACE 0.4.0.127.0.7.2.2.4.6.1 version 2 parameter -1": {Protocol: protocol(6, 1), Version: 2, ParameterID: -1},
	} {
		if got := i.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// FuzzAnyChip lets a chip of any kind answer anything at any step.
func FuzzAnyChip(f *testing.F) {
	for kind := range kinds {
		for at := announced; at <= tokens; at++ {
			f.Add(uint8(kind), uint8(at), []byte{0x7C, 0x02, 0x8A, 0x00, 0x90, 0x00})
			f.Add(uint8(kind), uint8(at), object(0x80, make([]byte, 32)))
			f.Add(uint8(kind), uint8(at), []byte{0x63, 0xC1})
		}
	}
	f.Fuzz(func(t *testing.T, kind, at uint8, answer []byte) {
		info := kinds[int(kind)%len(kinds)]
		before := int(at) % (tokens + 1)
		c := newChip(t, info, rand.Reader)
		c.static = []byte{1}
		c.spoil = func(step int, a []byte) []byte {
			if step == before {
				return answer
			}
			return a
		}
		got, err := pace.Run(t.Context(), apdu.Plain{Transmitter: c}, info, can(t, "000638"), rand.Reader)
		if c.guesses > 1 {
			t.Fatalf("%d guesses", c.guesses)
		}
		if err == nil {
			// The announcement may warn, integrated mapping's answer is empty.
			if before == announced || before == mapping && info.Mapping() == pace.Integrated {
				return
			}
			if n := len(answer); n >= 2 && answer[n-2] == 0x6C && before != tokens {
				return // asked again with another length, it answered rightly
			}
			t.Fatalf("%v: %X passes for answer %d", info, answer, before)
		}
		if got.Session != nil {
			t.Fatal("a session beside an error")
		}
	})
}
