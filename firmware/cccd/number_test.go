package cccd

import (
	"errors"
	"testing"
)

func TestParseNumber(t *testing.T) {
	tests := []struct {
		in   string
		want NumberHints
	}{
		{"001090000638", NumberHints{"001", "Hà Nội", "Nam", 1990}},
		{"064196004217", NumberHints{"064", "Gia Lai", "Nữ", 1996}},
		{"079204000001", NumberHints{"079", "TP HCM", "Nam", 2004}},
		{"096315000001", NumberHints{"096", "Cà Mau", "Nữ", 2015}},
		{"001400000001", NumberHints{"001", "Hà Nội", "Nam", 2100}},
		{"999055000001", NumberHints{"999", "", "Nam", 1955}}, // born abroad: no reason to refuse
	}
	for _, tt := range tests {
		got, err := ParseNumber(tt.in)
		if err != nil || got != tt.want {
			t.Errorf("%s: got %+v, %v", tt.in, got, err)
		}
	}
	for _, in := range []string{"", "00109000063", "0010900006380", "00109000063x", "00109000063\xd9", "-01090000638", "001 90000638"} {
		if _, err := ParseNumber(in); !errors.Is(err, ErrNumber) {
			t.Errorf("%q: got %v", in, err)
		}
	}
	if len(provinces) != 63 {
		t.Errorf("%d provinces, there were 63", len(provinces))
	}
}
