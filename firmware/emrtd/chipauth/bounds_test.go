package chipauth

import (
	"bytes"
	"errors"
	"testing"

	"tram06/firmware/emrtd/curve"
	"tram06/firmware/emrtd/tlv"
)

// A file made of nothing but keys and protocols, each of which goes with every
// other, would cost gigabytes and hours: it is refused, and what one of an
// honest size makes us try is bounded.
func TestFileOfNothingButKeys(t *testing.T) {
	c, err := curve.ByID(13)
	if err != nil {
		t.Fatal(err)
	}
	standard := []byte{0x06, 0x07, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x01, 0x02}
	algorithm := tlv.Append(nil, 0x30, standard, []byte{2, 1, 13})
	spki := tlv.Append(nil, 0x30, algorithm, tlv.Append(nil, 0x03, append([]byte{0}, c.Encode(c.Base())...)))
	key := tlv.Append(nil, 0x30, []byte{0x06, 0x09, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x01, 0x02}, spki)
	protocol := func(cipher byte) []byte {
		return tlv.Append(nil, 0x30, []byte{0x06, 0x0A, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x03, 0x02, cipher}, []byte{2, 1, 1})
	}
	file := func(keys, protocols int) []byte {
		var set []byte
		for i := range protocols {
			set = append(set, protocol(byte(1+i%4))...)
		}
		set = append(set, bytes.Repeat(key, keys)...)
		return tlv.Append(nil, tagDG14, tlv.Append(nil, 0x31, set))
	}
	for _, n := range [][2]int{{4000, 20000}, {maxKeys + 1, 1}, {1, 1000}} {
		if _, err := ParseDG14(file(n[0], n[1])); !errors.Is(err, ErrFormat) {
			t.Errorf("%d keys, %d protocols: %v", n[0], n[1], err)
		}
	}
	infos, err := ParseDG14(file(maxKeys, 100))
	if err != nil {
		t.Fatal(err)
	}
	choice, err := infos.Choose()
	if err != nil || len(choice.others) != maxOthers {
		t.Errorf("%d others, %v", len(choice.others), err)
	}
}
