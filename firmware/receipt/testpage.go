package receipt

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tram06/hal"
)

// TestPage is what a technician prints to see whether head, paper and cutter are
// as they should be. It is no receipt, and says so.
type TestPage struct {
	Machine string // the machine's name, or its board's
	Version string // of the firmware
	At      time.Time
	DPI     int    // of the head
	QR      string // a short text; what is scanned must be this
}

// Everything that a Vietnamese text needs: each vowel with each tone.
var (
	vowels = strings.Split("aăâeêioôơuưy", "")
	tones  = map[string]string{
		"a": "aàảãáạ", "ă": "ăằẳẵắặ", "â": "âầẩẫấậ", "e": "eèẻẽéẹ", "ê": "êềểễếệ", "i": "iìỉĩíị",
		"o": "oòỏõóọ", "ô": "ôồổỗốộ", "ơ": "ơờởỡớợ", "u": "uùủũúụ", "ư": "ưừửữứự", "y": "yỳỷỹýỵ",
	}
)

// pangram has every letter of the Vietnamese alphabet and each of the tones.
const pangram = "Bà Dung gõ cửa kể rằng xã đã cấp giấy mới, chỉ vì thiếu một chữ ký nên sổ đỏ của quê ngoại vẫn phải làm lại, xem ra hơi phiền."

// Sizes of the parts of a test page, in dots.
const (
	barHeight  = 40
	combRise   = 10 // rows of each step
	combSteps  = 8
	wedgeSteps = 9
	wedgeHigh  = 56
	tickShort  = 10
	tickMiddle = 18
	tickLong   = 28
	measured   = 60 // millimetres of the upright ruler
)

// small is for what stands at a ruler.
var small = style{20, 26, false}

// RenderTest draws a test page for a head of width dots: a ruler each way, a
// wedge of greys, bars that use each heating element, the letters in both fonts,
// and a code.
func RenderTest(d TestPage, width int, fonts *Fonts) (hal.Raster, error) {
	s, height, err := composeTest(d, width, fonts)
	if err != nil {
		return hal.Raster{}, err
	}
	return s.raster(height), nil
}

func composeTest(d TestPage, width int, fonts *Fonts) (*sheet, int, error) {
	if width < minWidth || width > maxWidth {
		return nil, 0, fmt.Errorf("test page of %d dots: %w", width, ErrWidth)
	}
	if d.DPI <= 0 {
		return nil, 0, fmt.Errorf("test page at %d dots an inch: %w", d.DPI, ErrWidth)
	}
	p := &page{sheet: newSheet(width), set: newSetter(fonts), y: above, inner: width - 2*side}
	p.testTitle()
	p.text(value, side, p.inner, d.Machine)
	p.text(label, side, p.inner, fmt.Sprintf("%s · %s", d.At.Format("02/01/2006 15:04:05"), d.Version))
	p.text(label, side, p.inner, strings.ReplaceAll(
		fmt.Sprintf("%d điểm · %d dpi · %.1f mm", width, d.DPI, float64(width)*25.4/float64(d.DPI)), ".", ","))
	p.gap(gap)
	perMM := float64(d.DPI) / 25.4
	p.across(perMM)
	p.gap(gap)
	p.upright(perMM)
	p.gap(gap)
	p.text(label, side, p.inner, "Đầu nhiệt: mỗi cột điểm đều phải in, không có vạch trắng dọc")
	p.gap(6)
	p.elements()
	p.gap(gap)
	p.letters()
	p.rule()
	p.code(d.QR)
	p.centred(label, d.QR)
	p.gap(below)
	return p.sheet, p.y, p.err
}

// testTitle says what the paper is and what it is not.
func (p *page) testTitle() {
	top := p.y
	p.fill(side, top, p.inner, title.line+24)
	p.y = top + 12
	p.fit(title, "TRANG IN THỬ", func(st style) { p.middle(st, "TRANG IN THỬ", true) })
	p.y = top + title.line + 30
	p.centred(value, "Không phải biên nhận")
	p.gap(gap)
}

// across is a ruler over the whole width of the head.
func (p *page) across(perMM float64) {
	top := p.y
	p.fill(0, top, p.width, 2)
	for mm := 0; ; mm++ {
		x := int(float64(mm)*perMM + 0.5)
		if x+2 > p.width {
			break
		}
		p.fill(x, top, 2, tick(mm))
		if mm%10 == 0 && mm > 0 {
			p.y = top + tickLong + 2
			p.number(mm, x)
		}
	}
	p.y = top + tickLong + 2 + small.line
}

func tick(mm int) int {
	switch {
	case mm%10 == 0:
		return tickLong
	case mm%5 == 0:
		return tickMiddle
	}
	return tickShort
}

// number stands in the middle below a tick, as far as the paper is wide.
func (p *page) number(mm, x int) {
	if p.err != nil {
		return
	}
	text := strconv.Itoa(mm)
	if mm == 10 {
		text += " mm"
	}
	var w int
	if w, p.err = p.set.measure(small, text); p.err == nil {
		p.line(small, max(0, min(x-w/2, p.width-w)), text, false)
	}
}

// upright is a ruler along the paper, with the greys beside it.
func (p *page) upright(perMM float64) {
	top, x := p.y, side
	height := int(measured*perMM+0.5) + 2
	p.fill(x, top, 2, height)
	for mm := 0; mm <= measured; mm++ {
		y := top + int(float64(mm)*perMM+0.5)
		p.fill(x, y, tick(mm), 2)
		if mm%10 == 0 && mm > 0 {
			p.y = y - small.line/2
			p.line(small, x+tickLong+6, strconv.Itoa(mm), false)
		}
	}
	p.y = top
	p.greys(x+tickLong+60, top, height)
	p.y = top + height
}

// greys is a wedge from white to black, dithered as pictures are.
func (p *page) greys(x, y, height int) {
	width := p.width - side - x
	step := height / wedgeSteps
	for i := range wedgeSteps {
		level := i * 64 / (wedgeSteps - 1)
		for dy := range min(step, wedgeHigh) {
			for dx := range width {
				edge := dx < 2 || dx >= width-2 || dy < 2 || dy >= min(step, wedgeHigh)-2
				if edge || bayer(dx, dy) < level {
					p.dot(x+dx, y+i*step+dy, true)
				}
			}
		}
		// On the dark half the figure is white.
		p.y = y + i*step + (min(step, wedgeHigh)-small.line)/2
		p.badge(x+width/2, fmt.Sprintf("%d%%", i*100/(wedgeSteps-1)))
	}
}

// badge is a text on a white ground, around x.
func (p *page) badge(x int, text string) {
	if p.err != nil {
		return
	}
	var w int
	if w, p.err = p.set.measure(small, text); p.err != nil {
		return
	}
	for dy := range small.line {
		for dx := -6; dx < w+6; dx++ {
			p.dot(x-w/2+dx, p.y+dy, false)
		}
	}
	p.line(small, x-w/2, text, false)
}

// bayer is the threshold, 0 to 63, of the ordered dithering at a dot.
func bayer(x, y int) int {
	v := 0
	for bit := range 3 {
		a, b := x>>bit&1, y>>bit&1
		v = v<<2 | (a^b)<<1 | b
	}
	return v
}

// elements uses each heating element of the head: all at once, and then each by
// itself in one step of a comb.
func (p *page) elements() {
	p.fill(0, p.y, p.width, barHeight)
	p.y += barHeight + 12
	for x := range p.width {
		p.fill(x, p.y+x%combSteps*combRise, 1, combRise)
	}
	p.y += combSteps * combRise
}

// letters sets what the receipt's two fonts must be able to.
func (p *page) letters() {
	p.text(body, side, p.inner, pangram)
	p.gap(6)
	p.text(value, side, p.inner, pangram)
	p.gap(gap / 2)
	var lower []string
	for _, v := range vowels {
		lower = append(lower, tones[v])
	}
	all := strings.Join(lower, " ") + " đ"
	p.text(label, side, p.inner, all)
	p.gap(6)
	p.text(style{24, 34, true}, side, p.inner, strings.ToUpper(all))
	p.gap(6)
	p.text(label, side, p.inner, "0123456789 () / . , : ; - • ₫ %")
}
