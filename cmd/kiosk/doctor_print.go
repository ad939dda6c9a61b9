package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"

	"tram06/firmware/doctor"
	"tram06/firmware/health"
	"tram06/firmware/kiosk"
	"tram06/firmware/receipt"
	"tram06/fonts"
	"tram06/hal"
)

// Width and resolution of a test page that is only looked at: the head of a
// printer for paper of 80 mm.
const (
	commonDots = 576
	commonDPI  = 203
)

// page draws the test page.
func (d *consultation) page(dots, dpi int) (hal.Raster, error) {
	set, err := receipt.ParseFonts(fonts.Regular, fonts.Bold)
	if err != nil {
		return hal.Raster{}, err
	}
	t := receipt.TestPage{Machine: "kiosk doctor", Version: version, At: d.now(), DPI: dpi}
	id := "-"
	if d.board != nil {
		t.Machine = "bo " + d.board.Name
	}
	if d.site != nil {
		id = d.site.ID
		t.Machine = fmt.Sprintf("%s %d · %s · %s", d.site.Kiosk.Name, d.site.Kiosk.Number, id, d.site.Place)
		t.At = t.At.In(d.site.Location())
	}
	t.QR = "TRAM06 IN THU " + id + " " + t.At.Format("2006-01-02 15:04:05")
	return receipt.RenderTest(t, dots, set)
}

// printTo writes the test page as a picture.
func (d *consultation) printTo(file string) (err error) {
	page, err := d.page(d.flags.tests.dots, commonDPI)
	if err != nil {
		return err
	}
	out, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("--print-to: %w", err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	return png.Encode(out, picture(page))
}

// picture shows a page as paper.
func picture(page hal.Raster) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, page.Width, page.Height))
	for y := range page.Height {
		for x := range page.Width {
			if page.Bits[y*page.Stride+x>>3]&(0x80>>(x&7)) == 0 {
				m.SetGray(x, y, color.Gray{255})
			}
		}
	}
	return m
}

// testPrint prints the page and asks how it looks.
func (d *consultation) testPrint(ctx context.Context) doctor.Finding {
	return using(ctx, d, "printer", health.PrinterGone, func(p hal.Printer) doctor.Finding {
		page, err := d.page(p.Dots())
		if err != nil {
			return d.lang.Found("printer", testName, health.PrinterFault, err.Error())
		}
		d.ask("Đang in trang thử…", "Printing the test page…")
		if err := p.Print(ctx, "doctor", page); err != nil {
			code, _ := kiosk.PrintCode(err)
			return d.lang.Found("printer", testName, code, err.Error())
		}
		printed := d.lang.Say("máy in báo đã in xong", "the printer confirmed the page")
		r := d.answer(ctx, "Trang in có rõ, đủ chữ và không có vạch trắng dọc không?", "Is the page clear and complete, without white stripes along the paper?")
		if r == unanswered {
			return d.lang.Fine("printer", testName, printed+d.lang.Say("; chưa ai xem trang in", "; nobody looked at the page"))
		}
		return d.seen("printer", r, health.PrinterFault,
			printed+d.lang.Say("; trang in rõ", "; the page is clear"), printed+d.lang.Say("; trang in không rõ", "; the page is not clear"))
	})
}
