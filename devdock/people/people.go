// Package people is the simulated population: made-up citizens with cards, and
// other things that one can hold in front of a kiosk. Names, numbers, places
// and faces are invented; the faces are drawn by code. For development and
// tests only.
package people

import (
	"strings"

	"tram06/firmware/cccd"
)

// NoExpiry is what the card says instead of a date from the age of 58 on.
const NoExpiry = "Không thời hạn"

// Citizen is somebody with a card.
type Citizen struct {
	Key  string    // stable name for pages and tests
	Note string    // what this one is there for, for people at the dock
	Card cccd.DG13 // what is printed on the card and stored in DG13

	extraQR string // fields after the seventh, with their bars
	face    face
}

// All gives every citizen.
func All() []Citizen {
	return []Citizen{
		{
			Key: "mau", Note: "An ordinary card",
			Card: cccd.DG13{
				Number: "001090000638", Name: "NGUYỄN VĂN MẪU", Birth: "15/03/1990", Sex: "Nam",
				Nationality: "Việt Nam", Ethnicity: "Kinh", Religion: "Không",
				Origin:    "Xã Suối Mây, tỉnh Quảng Ngãi",
				Residence: "Tổ 4, thôn Đồng Xuyên, xã Suối Mây, tỉnh Quảng Ngãi",
				Marks:     "Nốt ruồi cách 1 cm dưới đuôi mắt phải",
				Issued:    "12/05/2021", Expires: "15/03/2030",
				Father: "NGUYỄN VĂN THỬ", Mother: "TRẦN THỊ NGHIỆM", Spouse: "LÊ THỊ MINH HỌA",
				OldNumber: "012345678", Serial: "0F1E2D3C4B5A6978",
			},
			face: face{background: rgb(0xDCE4EC), skin: rgb(0xE3B78F), hair: rgb(0x2B2623), shirt: rgb(0x3F6C9E), collar: rgb(0xF4F6F8), style: shortHair, quality: 76},
		},
		{
			Key: "hblong", Note: "A very long name, letters of the Ê Đê and Gia Rai",
			Card: cccd.DG13{
				Number: "064196004217", Name: "H'BLŎNG MẪU NIÊ KDĂM ĔBAN BUÔN KRÔNG ĬUN KSŬR", Birth: "07/11/1996", Sex: "Nữ",
				Nationality: "Việt Nam", Ethnicity: "Ê Đê", Religion: "Tin lành",
				Origin:    "Buôn Ĕa Mẫu B, xã Ia Ŏr, tỉnh Gia Lai",
				Residence: "Nhà dài số 12, Buôn Ĕa Mẫu B, thôn Plei Kơ Tŭ Thượng, xã Ia Ŏr Suối Mây, tỉnh Gia Lai",
				Marks:     "Sẹo chấm cách 2 cm trên đầu mày trái",
				Issued:    "20/08/2024", Expires: "07/11/2036",
				Mother: "H'NGŬL NIÊ KDĂM", Serial: "1A2B3C4D5E6F7081",
			},
			extraQR: "||||",
			face:    face{background: rgb(0xE6E2D8), skin: rgb(0xC98F66), hair: rgb(0x1F1A1A), shirt: rgb(0x34304F), collar: rgb(0xB8433F), style: longHair, quality: 73},
		},
		{
			Key: "vidu", Note: "Over 60, a card without expiry",
			Card: cccd.DG13{
				Number: "051055000219", Name: "TRẦN CÔNG VÍ DỤ", Birth: "02/09/1955", Sex: "Nam",
				Nationality: "Việt Nam", Ethnicity: "Kinh", Religion: "Phật giáo",
				Origin:    "Xã Suối Mây, tỉnh Quảng Ngãi",
				Residence: "Xóm Chùa, thôn Đông Thượng, xã Suối Mây, tỉnh Quảng Ngãi",
				Issued:    "10/10/2021", Expires: NoExpiry,
				Spouse: "PHẠM THỊ TƯỢNG TRƯNG", OldNumber: "098765432", Serial: "2B3C4D5E6F708192",
			},
			face: face{background: rgb(0xDDE6E1), skin: rgb(0xD9AD88), hair: rgb(0xB9B9B6), shirt: rgb(0x6B5A4A), collar: rgb(0x57493C), style: thinHair, quality: 88},
		},
	}
}

// ByKey finds a citizen.
func ByKey(key string) (Citizen, bool) {
	for _, c := range All() {
		if c.Key == key {
			return c, true
		}
	}
	return Citizen{}, false
}

// CAN opens the chip.
func (c Citizen) CAN() string { return c.Card.Number[6:] }

// QR is the text of the code on the card.
func (c Citizen) QR() string {
	flat := func(date string) string { return strings.ReplaceAll(date, "/", "") }
	d := c.Card
	return strings.Join([]string{d.Number, d.OldNumber, d.Name, flat(d.Birth), d.Sex, d.Residence, flat(d.Issued)}, "|") + c.extraQR
}

// MRZ is the machine-readable zone, three lines of 30 put together.
func (c Citizen) MRZ() (string, error) {
	expiry := "991231"
	if c.Card.Expires != NoExpiry {
		expiry = sixDigits(c.Card.Expires)
	}
	return cccd.MRZ(c.Card.Number, c.Card.Name, sixDigits(c.Card.Birth), c.Card.Sex, expiry)
}

// sixDigits turns dd/mm/yyyy into YYMMDD.
func sixDigits(date string) string { return date[8:10] + date[3:5] + date[0:2] }
