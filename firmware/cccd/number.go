package cccd

import (
	"errors"
	"fmt"
)

// ErrNumber says that a string is not twelve digits.
var ErrNumber = errors.New("not a personal ID number of 12 digits")

// NumberHints is what the digits of a personal number suggest. The law promises
// no more than twelve digits and the provinces were merged after most numbers
// had been given out, so none of it is ever a reason to refuse anybody.
type NumberHints struct {
	Code     string // first three digits
	Province string // where the birth was registered, "" if the code is not known here
	Sex      string // "Nam" or "Nữ"
	Year     int    // of birth
}

// String keeps what a number tells out of every log by accident.
func (NumberHints) String() string { return "cccd.NumberHints" }

// GoString does the same for %#v.
func (NumberHints) GoString() string { return "cccd.NumberHints" }

// MarshalText does the same for JSON, and for slog, which writes it.
func (h NumberHints) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// ParseNumber checks that s is twelve ASCII digits and reads the hints in it.
// There is no check digit.
func ParseNumber(s string) (NumberHints, error) {
	if len(s) != 12 || !digits(s) {
		return NumberHints{}, fmt.Errorf("%d characters: %w", len(s), ErrNumber)
	}
	c := int(s[3] - '0')
	h := NumberHints{
		Code:     s[:3],
		Province: provinces[s[:3]],
		Sex:      "Nam",
		Year:     1900 + 100*(c/2) + atoi2(s[4:6]),
	}
	if c%2 == 1 {
		h.Sex = "Nữ"
	}
	return h, nil
}

// Against names the fields that do not fit the number: FieldSex, FieldBirth. An
// empty field fits, and so does a date that is not known in full. It is a hint
// for people who look at a card, never a reason to refuse one.
func (h NumberHints) Against(birth, sex string) []string {
	var out []string
	if sex != "" && sex != h.Sex {
		out = append(out, FieldSex)
	}
	if n := len(birth); n >= 4 && digits(birth[n-4:]) && birth[n-4:] != fmt.Sprintf("%04d", h.Year) {
		out = append(out, FieldBirth)
	}
	return out
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func atoi2(s string) int { return int(s[0]-'0')*10 + int(s[1]-'0') }

// provinces are the codes as they were given out, with the names of that time.
var provinces = map[string]string{
	"001": "Hà Nội", "002": "Hà Giang", "004": "Cao Bằng", "006": "Bắc Kạn", "008": "Tuyên Quang",
	"010": "Lào Cai", "011": "Điện Biên", "012": "Lai Châu", "014": "Sơn La", "015": "Yên Bái",
	"017": "Hòa Bình", "019": "Thái Nguyên", "020": "Lạng Sơn", "022": "Quảng Ninh", "024": "Bắc Giang",
	"025": "Phú Thọ", "026": "Vĩnh Phúc", "027": "Bắc Ninh", "030": "Hải Dương", "031": "Hải Phòng",
	"033": "Hưng Yên", "034": "Thái Bình", "035": "Hà Nam", "036": "Nam Định", "037": "Ninh Bình",
	"038": "Thanh Hóa", "040": "Nghệ An", "042": "Hà Tĩnh", "044": "Quảng Bình", "045": "Quảng Trị",
	"046": "Thừa Thiên Huế", "048": "Đà Nẵng", "049": "Quảng Nam", "051": "Quảng Ngãi", "052": "Bình Định",
	"054": "Phú Yên", "056": "Khánh Hòa", "058": "Ninh Thuận", "060": "Bình Thuận", "062": "Kon Tum",
	"064": "Gia Lai", "066": "Đắk Lắk", "067": "Đắk Nông", "068": "Lâm Đồng", "070": "Bình Phước",
	"072": "Tây Ninh", "074": "Bình Dương", "075": "Đồng Nai", "077": "Bà Rịa-Vũng Tàu", "079": "TP HCM",
	"080": "Long An", "082": "Tiền Giang", "083": "Bến Tre", "084": "Trà Vinh", "086": "Vĩnh Long",
	"087": "Đồng Tháp", "089": "An Giang", "091": "Kiên Giang", "092": "Cần Thơ", "093": "Hậu Giang",
	"094": "Sóc Trăng", "095": "Bạc Liêu", "096": "Cà Mau",
}
