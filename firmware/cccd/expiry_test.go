package cccd

import (
	"slices"
	"testing"
)

func TestExpiries(t *testing.T) {
	tests := []struct {
		name, birth, issued string
		want                []string
	}{
		{"at 31, so until 40", "15/03/1990", "12/05/2021", []string{"300315", "500315", "991231"}},
		{"two years before 25 less a day", "15/03/2000", "14/03/2023", []string{"250315", "400315", "991231"}},
		{"two years before 25 to the day", "15/03/2000", "15/03/2023", []string{"400315", "600315", "250315", "991231"}},
		{"two years before 60", "02/09/1963", "02/09/2021", []string{"991231", "230902"}},
		{"after 60", "02/09/1955", "10/10/2021", []string{"991231"}},
		{"a child under the law of 2024", "05/06/2020", "01/07/2024", []string{"340605", "450605", "991231"}},
		{"a day before that law", "05/06/2020", "30/06/2024", []string{"450605", "600605", "991231"}},
		{"born on 29 February", "29/02/2000", "01/01/2021", []string{"250228", "250301", "400229", "991231"}},
		{"born on 29 February, leap year at 40", "29/02/1996", "20/08/2024", []string{"360229", "560229", "991231"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Expiries(tt.birth, tt.issued); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	for _, bad := range [][2]string{{"", "12/05/2021"}, {"1990", "12/05/2021"}, {"15/03/1990", ""}, {"15/03/1990", "12/05/1989"}} {
		if got := Expiries(bad[0], bad[1]); got != nil {
			t.Errorf("%q: got %v", bad, got)
		}
	}
}

func TestMRZInformation(t *testing.T) {
	got := sample().MRZInformation()
	// Document number, birth and expiry with the check digits of ICAO 9303-3.
	want := []string{"090000638690031523003150", "090000638690031525003154", "090000638690031529912315"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if got := (QR{Number: "001090000638", Birth: "1990", Issued: "12/05/2021"}).MRZInformation(); got != nil {
		t.Errorf("without a birthday: %v", got)
	}
}
