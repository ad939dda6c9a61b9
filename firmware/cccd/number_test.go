package cccd

import (
	"errors"
	"slices"
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

func TestNumberAgainst(t *testing.T) {
	tests := []struct {
		number, birth, sex string
		want               []string
	}{
		{"001090000638", "15/03/1990", "Nam", nil},
		{"001090000638", "", "", nil},
		{"001090000638", "1990", "Nam", nil},
		{"001090000638", "15/03/1991", "Nam", []string{FieldBirth}},
		{"001090000638", "15/03/1990", "Nữ", []string{FieldSex}},
		{"001190000638", "15/03/2090", "Nam", []string{FieldSex, FieldBirth}},
		{"001290000638", "15/03/2090", "Nam", nil},
		{"001090000638", "15/03/90", "Nam", nil},
		{"001090000638", "??", "Nam", nil},
	}
	for _, tt := range tests {
		h, err := ParseNumber(tt.number)
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Against(tt.birth, tt.sex); !slices.Equal(got, tt.want) {
			t.Errorf("%s, %s, %s: %v", tt.number, tt.birth, tt.sex, got)
		}
	}
}
