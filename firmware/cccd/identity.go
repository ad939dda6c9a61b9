package cccd

import (
	"fmt"

	"tram06/firmware/emrtd/lds"
	"tram06/firmware/emrtd/portrait"
	"tram06/firmware/person"
)

// parse makes a person of DG1 and, if there is one, DG13. Nothing of it has
// been proven.
func (r *reading) parse(dg1, dg13 []byte) (person.Person, error) {
	mrz, err := lds.ParseDG1(dg1)
	if err != nil {
		return person.Person{}, fmt.Errorf("%w: %w", ErrChip, err)
	}
	p := fromMRZ(mrz, r.began)
	if dg13 == nil {
		return p, nil
	}
	d, err := ParseDG13(dg13)
	if err != nil {
		return person.Person{}, fmt.Errorf("%w: %w", ErrChip, err)
	}
	err = merge(&p, d)
	return p, err
}

// agree holds the chip against the QR: two cards, or a QR that was scanned
// before another card was laid down, are never merged.
func (r *reading) agree() error {
	q := r.access.QR
	if q == nil || r.malformed != nil {
		return nil
	}
	r.report.Differences = Differences(*q, r.person)
	if q.Number != r.person.Number {
		return r.disprove(fmt.Errorf("%w: QR and chip", ErrDiffers))
	}
	return nil
}

// photo reads the portrait.
func (r *reading) photo() error {
	dg2, err := r.group(2)
	if err != nil || dg2 == nil {
		return err
	}
	face, err := lds.ParseDG2(dg2)
	if err != nil {
		clear(dg2)
		r.reason("DG2: %v", err)
		return nil // a portrait in a form that is not known here cannot be shown
	}
	r.person.Portrait = person.Portrait{MediaType: face.MediaType, Data: face.Image}
	return nil
}

// picture decodes the portrait; one that the kiosk cannot show, or that is far
// too large, stays undecoded.
func (r *reading) picture() {
	p := &r.person.Portrait
	if p.Data == nil {
		return
	}
	img, err := portrait.Decode(p.MediaType, p.Data, maxPixels)
	if err != nil {
		r.reason("portrait: %v", err)
		return
	}
	// The screen need not carry more than it can show.
	if p.Image = portrait.Fit(img, screenWidth, screenHeight); p.Image != img {
		portrait.Wipe(img)
	}
}

const (
	// maxPixels bounds what a stranger's card can make us decode.
	maxPixels = 2 << 20
	// The most that is made of a portrait: its place on the largest panel.
	screenWidth, screenHeight = 480, 640
)
