package cccd

import (
	"strings"
	"testing"
)

func TestMRZ(t *testing.T) {
	got, err := MRZ("001090000638", "NGUYỄN VĂN MẪU", "900315", "Nam", "300315")
	if err != nil {
		t.Fatal(err)
	}
	want := "IDVNM0900006386001090000638<<7" + "9003152M3003150VNM<<<<<<<<<<<6" + "NGUYEN<<VAN<MAU<<<<<<<<<<<<<<<"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestMRZName(t *testing.T) {
	for in, want := range map[string]string{
		"ĐẶNG ĐỨC ƯỚC":                         "DANG<<DUC<UOC",
		"nguyễn thị ánh":                       "NGUYEN<<THI<ANH",
		"H'BLŎNG MẪU NIÊ KDĂM ĔBAN BUÔN KRÔNG": "HBLONG<<MAU<NIE<KDAM<EBAN<BUON",
		"ÚT": "UT",
	} {
		want += strings.Repeat("<", 30-len(want))
		if got := mrzName(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestMRZRefuses(t *testing.T) {
	for _, bad := range [][3]string{{"1", "900315", "300315"}, {"001090000638", "15031990", "300315"}, {"001090000638", "900315", "none"}} {
		if _, err := MRZ(bad[0], "A B", bad[1], "Nam", bad[2]); err == nil {
			t.Errorf("%q: accepted", bad)
		}
	}
}
