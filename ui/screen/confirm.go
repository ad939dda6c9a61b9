package screen

import (
	"tram06/firmware/person"
	"tram06/firmware/session"
	"tram06/ui/scene"
	"tram06/ui/theme"
	"tram06/ui/widget"
)

// confirm lets a person catch someone else's card, and says how sure the
// machine is.
func (v *view) confirm() {
	p := &v.s.Person
	w := theme.ContentW
	v.Fit(v.content(), func(level int) widget.Block {
		look := v.CardLook()
		look.Pad = []int{40, 32, 24}[level]
		inner := w - 2*look.Pad
		photoW := []int{336, 252, 192}[level]
		side := inner - photoW - theme.S40
		field := func(label, value string, st theme.Style) widget.Block {
			if value == "" {
				value, st = v.w.NotOnCard, v.T.Style(theme.Body)
			}
			return widget.Column(0, v.Para(side, label, v.T.Style(theme.Note), v.T.Ink2), v.Para(side, value, st, v.T.Ink))
		}
		fields := widget.Column(theme.S16,
			field(v.w.Name, p.Name, v.T.Style(theme.Head)),
			widget.Spring(8),
			field(v.w.Birth, p.Birth, v.T.Bold(theme.Lead)),
			widget.Spring(8),
			field(v.w.IDNumber, p.Masked(), v.T.Bold(theme.Lead)))
		face := widget.Growing(widget.Block{H: photoW * 4 / 3, Draw: func(pen *widget.Pen, r scene.Rect) {
			h := photoW * 4 / 3
			widget.Portrait(scene.Item{Image: p.Portrait.Image, ImageKey: v.env.Portrait})(pen,
				scene.Rect{X: r.X, Y: r.Y + (r.H-h)/2, W: photoW, H: h})
		}})
		who := widget.Panel(look, widget.Row(theme.S40, widget.Cell{W: photoW, B: face}, widget.Cell{W: side, B: widget.Growing(fields)}))
		leave := v.w.LeaveCard
		if p.Assurance < person.ChipRead || !v.s.CardThere {
			leave = ""
			if v.s.CardThere {
				leave = v.w.TakeOrLeave
			}
		}
		bs := []widget.Block{v.title(v.w.ConfirmTitle), who, v.assurance(level), widget.Spring(theme.S16)}
		if leave != "" {
			bs = append(bs, widget.Row(20, widget.Symbol("f-info-circle", 56, v.T.Act),
				widget.Cell{W: w - 76, B: v.Para(w-76, leave, v.T.Style(theme.Body), v.T.Ink)}))
		}
		return widget.Column(theme.S24, bs...)
	})
	v.bar = widget.Bar{BackW: 444, Third: v.stop(),
		Back:    &widget.Button{ID: "back", Label: v.w.NotMe, Icon: "o-x", Kind: widget.Outlined, Action: session.NotMe{}},
		Primary: &widget.Button{ID: "primary", Label: v.w.ItsMe, After: "o-check", Action: session.ItsMe{}}}
}

// assurance says in one sentence how surely a person was identified, and shows
// the proofs apart. What was not checked is grey, never green.
func (v *view) assurance(level int) widget.Block {
	t := v.T
	p := &v.s.Person
	title, body, icon, soft, tone := v.w.ChipRead, v.w.ChipReadText, "f-id", t.WarnSoft, t.Warn
	switch p.Assurance {
	case person.ChipGenuine:
		title, body, icon, soft, tone = v.w.Genuine, v.w.GenuineText, "f-shield-check", t.OKSoft, t.OK
	case person.ChipSigned:
		title, body, icon, soft, tone = v.w.Signed, v.w.SignedText, "f-shield-check", t.ActSoft, t.Act
		switch person.Passed {
		case p.Proofs.Chip:
			title, body = v.w.SignedChip, v.w.SignedChipText
		case p.Proofs.Chain:
			title, body = v.w.SignedIssuer, v.w.SignedIssuerText
		}
	case person.QROnly:
		title, body, icon = v.w.QROnly, v.w.OfficerLooks, "o-qrcode"
	case person.Typed, person.Nobody:
		title, body, icon = v.w.TypedOnly, v.w.OfficerLooks, "f-pencil"
	}
	look := v.Soft(soft, tone)
	if level > widget.Roomy {
		look.Pad = theme.S24
	}
	inner := theme.ContentW - 2*look.Pad
	words := widget.Column(4,
		v.Para(inner-88-theme.S24, title, t.Bold(theme.Lead), tone),
		v.Para(inner-88-theme.S24, body, t.Style(theme.Body), t.Ink))
	head := widget.Row(theme.S24, widget.Symbol(icon, 88, tone), widget.Cell{W: inner - 88 - theme.S24, B: words})
	if p.Assurance < person.ChipRead {
		return widget.Panel(look, head)
	}
	half := (inner - theme.S16) / 2
	pair := func(a string, pa person.Proof, b string, pb person.Proof) widget.Block {
		return widget.Row(theme.S16, widget.Cell{W: half, B: v.proof(half, a, pa)}, widget.Cell{W: half, B: v.proof(half, b, pb)})
	}
	return widget.Panel(look, widget.Column(theme.S16, head, widget.Space(theme.S8),
		pair(v.w.ProofData, p.Proofs.Hashes, v.w.ProofSign, p.Proofs.Signature),
		pair(v.w.ProofIssuer, p.Proofs.Chain, v.w.ProofChip, p.Proofs.Chip)))
}

func (v *view) proof(w int, words string, p person.Proof) widget.Block {
	const pad = 20
	t := v.T
	icon, tone, ink, note := "o-help", t.Ink2, t.Ink2, v.w.NotMade
	switch p {
	case person.Passed:
		icon, tone, ink, note = "f-circle-check", t.OK, t.Ink, ""
	case person.Failed:
		icon, tone, ink, note = "f-alert-triangle", t.Bad, t.Ink, v.w.ProofFailed
	}
	side := w - 2*pad - 48 - theme.S16
	b := widget.Row(theme.S16, widget.Symbol(icon, 48, tone), widget.Cell{W: side, B: widget.Column(0,
		v.Para(side, words, t.Style(theme.Note), ink), v.Para(side, note, t.Bold(theme.Note), tone))})
	look := widget.Look{Fill: t.Surface, Radius: theme.RadiusControl, Pad: pad}
	if t.HighContrast {
		look.Border, look.Width = t.Line, t.Border
	}
	return widget.Growing(widget.Panel(look, widget.Centred(b)))
}
