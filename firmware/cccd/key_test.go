package cccd

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

const (
	printed     = "IDVNM0900006386001090000638<<79003152M3003150VNM<<<<<<<<<<<6NGUYEN<<VAN<MAU<<<<<<<<<<<<<<<"
	information = "090000638690031523003150"
)

func TestMRZAsTyped(t *testing.T) {
	for _, typed := range []string{
		information, " 0900006386 9003152 3003150\n", printed, strings.ToLower(printed),
		printed[:30] + "\n" + printed[30:60] + "\r\n" + printed[60:] + "\n",
	} {
		if got, err := MRZInformation(typed); err != nil || got != information {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
	for _, typed := range []string{
		"", "0900006386", information[:23], information + "0", strings.Replace(information, "6900315", "7900315", 1),
		strings.Replace(information, "9003152", "9003153", 1), strings.Replace(information, "3003150", "3003151", 1),
		strings.Replace(printed, "0900006386", "0900006387", 1), "Đ" + information[1:], strings.Repeat("9", 1000),
	} {
		got, err := MRZInformation(typed)
		if err == nil {
			t.Errorf("%q gave %q", typed, got)
		}
		if err != nil && len(typed) > 9 && strings.Contains(err.Error(), typed[:9]) {
			t.Errorf("the error repeats what was typed: %v", err)
		}
	}
}

func TestPasswordsInOrder(t *testing.T) {
	qr, err := ParseQR([]byte("001090000638||NGUYỄN VĂN MẪU|15031990|Nam|Hà Nội|04012021"))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		access Access
		can    string
		mrz    []string
		err    error
	}{
		"nothing":         {Access{}, "", nil, nil},
		"CAN":             {Access{CAN: "123456"}, "123456", nil, nil},
		"QR":              {Access{QR: &qr}, "000638", qr.MRZInformation(), nil},
		"CAN beats QR":    {Access{QR: &qr, CAN: "123456"}, "123456", qr.MRZInformation(), nil},
		"MRZ beats QR":    {Access{QR: &qr, MRZ: printed}, "000638", []string{information}, nil},
		"MRZ and CAN":     {Access{CAN: "123456", MRZ: information}, "123456", []string{information}, nil},
		"CAN of letters":  {Access{CAN: "12345a"}, "", nil, ErrAccess},
		"MRZ of rubbish":  {Access{MRZ: "rubbish"}, "", nil, ErrAccess},
		"endless CAN":     {Access{CAN: strings.Repeat("1", 33)}, "", nil, ErrAccess},
		"MRZ with a typo": {Access{QR: &qr, MRZ: strings.Replace(printed, "638", "639", 1)}, "", nil, ErrAccess},
	} {
		got, err := tt.access.passwords()
		if !errors.Is(err, tt.err) || err == nil && (got.can != tt.can || !slices.Equal(got.mrz, tt.mrz)) {
			t.Errorf("%s: %d characters of CAN, %d of MRZ, %v", name, len(got.can), len(got.mrz), err)
		}
	}
	for _, said := range []string{fmt.Sprint(Access{CAN: "123456", MRZ: information}), fmt.Sprintf("%#v", Access{CAN: "123456"})} {
		if said != "cccd.Access" {
			t.Errorf("printed as %s", said)
		}
	}
}

func FuzzMRZInformation(f *testing.F) {
	f.Add(information)
	f.Add(printed)
	f.Add("I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2STEVENSON<<PETER<JOHN<<<<<<<<<")
	f.Add(" 0900006386\n9003152 3003150")
	f.Fuzz(func(t *testing.T, typed string) {
		info, err := MRZInformation(typed)
		if err != nil {
			return
		}
		// What was understood is understood again, and opens the same chip.
		if again, err := MRZInformation(info); err != nil || again != info {
			t.Errorf("%q became %q, %v", info, again, err)
		}
	})
}
