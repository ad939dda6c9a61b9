package receipt

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"tram06/firmware/calendar"
	"tram06/fonts"
)

func testFonts(t testing.TB) *Fonts {
	t.Helper()
	f, err := ParseFonts(fonts.Regular, fonts.Bold)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var noon = time.Date(2026, 11, 23, 9, 42, 7, 0, calendar.Zone())

// sample is a receipt of a made-up citizen.
func sample(lang string, o Outcome) Data {
	d := Data{
		Lang: lang, Place: "UBND xã Suối Mây", Station: "Trạm 06", Machine: 1,
		Number: "SM06-2311-0042", Outcome: o, At: noon, Gateway: "TN-20261123-00017",
		Service: "Xác nhận thông tin về cư trú", Code: "1.010041", Form: "CT01",
		Applicant: "NGUYỄN VĂN MẪU", MaskedNumber: "001 ••• ••• 638", Recipient: "Công an xã Suối Mây",
		Due:     DueText(time.Date(2026, 11, 27, 17, 0, 0, 0, calendar.Zone()), "1", false, lang),
		Counter: "1", Phone: "0900 000 006",
	}
	if lang == "en" {
		d.Service = "Confirmation of residence"
	}
	return d
}

const longName = "HƠ BLŎ NIÊ KDĂM RAH LAN MLÔ ĔBAN ĂYŬN SIU KSOR NAY HWING"

// everyReceipt calls do for every outcome, language, width and length of name.
func everyReceipt(t *testing.T, do func(t *testing.T, d Data, width int)) {
	for _, lang := range []string{"vi", "en"} {
		for _, o := range []Outcome{Accepted, Kept, Rejected} {
			for _, width := range []int{576, 384} {
				for _, name := range []string{"NGUYỄN VĂN MẪU", longName, strings.Repeat("Ễặ", 40)} {
					t.Run(fmt.Sprintf("%s/%s/%d/%d", lang, o, width, len(name)), func(t *testing.T) {
						d := sample(lang, o)
						d.Applicant = name
						d.QR = sign(t, claim(o), ed25519Key())
						do(t, d, width)
					})
				}
			}
		}
	}
}

// Nothing may be cut off, touch the edge, or lie over something else.
func TestLayout(t *testing.T) {
	f := testFonts(t)
	everyReceipt(t, func(t *testing.T, d Data, width int) {
		s, height, err := compose(d, width, f)
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range s.lines {
			if a.x < side || a.x+a.w > width-side || a.y < 0 || a.y+a.h > height {
				t.Errorf("%q lies outside of the page: %+v", a.text, a)
			}
			for _, b := range s.lines[:i] {
				if a.x < b.x+b.w && b.x < a.x+a.w && a.y < b.y+b.h && b.y < a.y+a.h {
					t.Errorf("%q and %q overlap", a.text, b.text)
				}
			}
		}
		r := s.raster(height)
		for y := range r.Height {
			row := r.Bits[y*r.Stride : (y+1)*r.Stride]
			for i := range side / 8 {
				if row[i] != 0 || row[r.Width/8-1-i] != 0 {
					t.Fatalf("row %d is black in the margin", y)
				}
			}
		}
	})
}

// What an applicant is called must be on the paper whole, whatever its length.
func TestLongNamesAreWhole(t *testing.T) {
	f := testFonts(t)
	everyReceipt(t, func(t *testing.T, d Data, width int) {
		text := strings.ReplaceAll(printed(t, d, width, f), "\n", "")
		if !strings.Contains(strings.ReplaceAll(text, " ", ""), strings.ReplaceAll(d.Applicant, " ", "")) {
			t.Errorf("the name is not whole in %q", text)
		}
	})
}

// printed gives the words on a receipt, a line each.
func printed(t testing.TB, d Data, width int, f *Fonts) string {
	t.Helper()
	s, _, err := compose(d, width, f)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, l := range s.lines {
		b.WriteString(strings.ReplaceAll(l.text, "\u00a0", " ") + "\n")
	}
	return b.String()
}

func TestWordsOfEachOutcome(t *testing.T) {
	f := testFonts(t)
	for _, x := range []struct {
		lang    string
		outcome Outcome
		has     []string
		hasNot  []string
	}{
		{"vi", Accepted, []string{"ĐÃ GỬI. CƠ QUAN ĐÃ NHẬN.", "9 giờ 42, thứ Hai 23/11/2026", "Dự kiến có kết quả", "TN-20261123-00017"}, []string{"CHƯA"}},
		{"vi", Kept, []string{"ĐANG CẤT TRÊN MÁY, CHƯA NỘP", "Chưa tính là đã nộp."}, []string{"Gửi đến", "Dự kiến", "27/11/2026", "ĐÃ NHẬN", "TN-2026"}},
		{"vi", Rejected, []string{"CƠ QUAN CHƯA NHẬN, CẦN SỬA"}, []string{"Dự kiến", "27/11/2026", "ĐÃ NHẬN", "TN-2026"}},
		{"en", Accepted, []string{"SENT. THE AUTHORITY HAS IT.", "ĐÃ GỬI. CƠ QUAN ĐÃ NHẬN.", "BIÊN NHẬN CỦA MÁY", "Machine receipt", "Result expected"}, []string{"CHƯA"}},
		{"en", Kept, []string{"NOT SUBMITTED", "ĐANG CẤT TRÊN MÁY, CHƯA NỘP"}, []string{"Result expected", "27/11/2026", "HAS IT", "Sent to"}},
		{"en", Rejected, []string{"CƠ QUAN CHƯA NHẬN, CẦN SỬA"}, []string{"Result expected", "27/11/2026", "HAS IT"}},
	} {
		t.Run(x.lang+"/"+string(x.outcome), func(t *testing.T) {
			text := strings.ReplaceAll(printed(t, sample(x.lang, x.outcome), 576, f), "\n", " ")
			for _, s := range append(x.has, "SM06-2311-0042", "không thay phiếu CT04", "001 ••• ••• 638", "1.010041", "0900 000 006") {
				if !strings.Contains(text, s) {
					t.Errorf("%q is missing in\n%s", s, text)
				}
			}
			for _, s := range append(x.hasNot, "CT07", "đã cấp") {
				if strings.Contains(text, s) {
					t.Errorf("%q must not be in\n%s", s, text)
				}
			}
		})
	}
}

// A result that comes by telephone sends nobody to the counter.
func TestResultInVNeID(t *testing.T) {
	d := sample("vi", Accepted)
	d.InVNeID = true
	d.Due = DueText(noon, "1", true, "vi")
	text := printed(t, d, 576, testFonts(t))
	if !strings.Contains(text, "VNeID") || strings.Contains(text, "Đến quầy") {
		t.Error(text)
	}
}

func TestRefused(t *testing.T) {
	f := testFonts(t)
	for name, x := range map[string]struct {
		change func(*Data)
		width  int
		want   error
	}{
		"the full number": {func(d *Data) { d.MaskedNumber = "001090000638" }, 576, ErrUnmasked},
		"too much of it":  {func(d *Data) { d.MaskedNumber = "001 ••• 000 638" }, 576, ErrUnmasked},
		"no number":       {func(d *Data) { d.Number = "" }, 576, ErrIncomplete},
		"no applicant":    {func(d *Data) { d.Applicant = "" }, 576, ErrIncomplete},
		"no outcome":      {func(d *Data) { d.Outcome = "printed" }, 576, ErrIncomplete},
		"no time":         {func(d *Data) { d.At = time.Time{} }, 576, ErrIncomplete},
		"narrow paper":    {func(*Data) {}, 200, ErrWidth},
		"wide paper":      {func(*Data) {}, 5000, ErrWidth},
		"endless code":    {func(d *Data) { d.QR = strings.Repeat("A", 1500) }, 384, ErrWidth},
	} {
		t.Run(name, func(t *testing.T) {
			d := sample("vi", Accepted)
			x.change(&d)
			_, err := Render(d, x.width, f)
			if !errors.Is(err, x.want) {
				t.Fatalf("got %v, want %v", err, x.want)
			}
			if strings.Contains(err.Error(), "000638") || strings.Contains(err.Error(), "MẪU") {
				t.Errorf("the error tells personal data: %v", err)
			}
		})
	}
	if _, err := ParseFonts([]byte("no font"), fonts.Bold); err == nil {
		t.Error("garbage is taken for a font")
	}
}

func TestDueText(t *testing.T) {
	due := time.Date(2026, 11, 27, 17, 0, 0, 0, calendar.Zone())
	for got, want := range map[string]string{
		DueText(due, "1", false, "vi"):        "Chậm nhất chiều thứ Sáu 27/11/2026, tại quầy 1",
		DueText(due, "1", false, "en"):        "By the afternoon of Friday 27/11/2026, at counter 1",
		DueText(due, "1", true, "vi"):         "Chậm nhất chiều thứ Sáu 27/11/2026, trên VNeID",
		DueText(time.Time{}, "1", true, "vi"): "",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// The code on the paper is read by a program that knows nothing of ours, from
// the dots that the head would burn.
func TestCodeIsReadable(t *testing.T) {
	zbar, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Fatal("zbarimg is needed (Debian package zbar-tools): ", err)
	}
	f := testFonts(t)
	for _, width := range []int{576, 384} {
		for _, o := range []Outcome{Accepted, Kept, Rejected} {
			d := sample("vi", o)
			d.QR = sign(t, claim(o), ed25519Key())
			r, err := Render(d, width, f)
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(zbar, "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", savePNG(t, "receipt.png", r))
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("zbarimg on %d dots, %s: %v", width, o, err)
			}
			if got := strings.TrimSuffix(string(out), "\n"); got != d.QR {
				t.Fatalf("%d dots, %s: read %q, printed %q", width, o, got, d.QR)
			}
			c, err := Verify(strings.TrimSpace(string(out)), ed25519Key().Public())
			if err != nil || c != claim(o) {
				t.Errorf("%d dots: %+v, %v", width, c, err)
			}
		}
	}
}

// A word is broken only when it is wider than the paper.
func TestEvenLinesBreakNoWord(t *testing.T) {
	set := newSetter(testFonts(t))
	for _, text := range []string{"(procedure\u00a01.010041, form\u00a0CT01)", "Ngày hẹn chính thức ghi trên phiếu\u00a0CT04", longName} {
		for width := 300; width <= 560; width += 20 {
			lines, err := set.wrap(value, text, width)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(lines, " "); got != text {
				t.Errorf("in %d dots: %q", width, lines)
			}
		}
	}
}

func TestSameReceiptSameDots(t *testing.T) {
	f := testFonts(t)
	a, err := Render(sample("vi", Accepted), 576, f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Render(sample("vi", Accepted), 576, f)
	if err != nil {
		t.Fatal(err)
	}
	if string(a.Bits) != string(b.Bits) || a.Stride != 72 || len(a.Bits) != a.Stride*a.Height {
		t.Error("two renderings of one receipt differ")
	}
}

func ed25519Key() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte("a seed that is made up for tests"))
}
