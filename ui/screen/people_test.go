package screen

import (
	"errors"
	"image"
	"image/color"
	"testing"
	"time"

	"tram06/firmware/calendar"
	"tram06/firmware/cccd"
	"tram06/firmware/health"
	"tram06/firmware/person"
	"tram06/firmware/service"
	"tram06/firmware/session"
	"tram06/ui/text"
	"tram06/ui/widget"
)

// The people of the tests are made up.

func face() image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 60, 80))
	for y := range 80 {
		for x := range 60 {
			c := color.RGBA{200, 214, 240, 255}
			if dx, dy := x-30, y-30; dx*dx+dy*dy < 200 || (y > 52 && dx*dx < 400) {
				c = color.RGBA{120, 90, 70, 255}
			}
			m.Set(x, y, c)
		}
	}
	return m
}

var allPassed = person.Proofs{Hashes: person.Passed, Signature: person.Passed, Chain: person.Passed, Chip: person.Passed}

func ordinary() person.Person {
	return person.Person{Number: "001090000638", Name: "NGUYỄN VĂN MẪU", Birth: "15/03/1990", Sex: "Nam", Nationality: "Việt Nam",
		Ethnicity: "Kinh", Origin: "Suối Mây, Quảng Ngãi", Residence: "Tổ 4, thôn Đồng Xuyên, xã Suối Mây, tỉnh Quảng Ngãi",
		Portrait: person.Portrait{Image: face()}, Assurance: person.ChipGenuine, Proofs: allPassed}
}

func longName() person.Person {
	p := ordinary()
	p.Number, p.Sex = "064185000123", "Nữ"
	p.Name = "KSOR H’LƯƠNG NGUYỄN PHAN THỊ HỒNG HOÀNG QUỲNH PHƯƠNG NIÊ KĐĂM Y ŎL ĔBAN"
	p.Residence = "Buôn Kŏ Tam, đường vào thác Đray Nur cũ số 1234/56/7A, tổ dân phố Liên Nghĩa Trung Nghĩa, xã Ea Kiết Cư M’gar, tỉnh Đắk Lắk"
	return p
}

func qrOnly() person.Person {
	p := ordinary()
	p.Assurance, p.Proofs, p.Portrait, p.Residence = person.QROnly, person.Proofs{}, person.Portrait{}, ""
	return p
}

func chipSigned() person.Person {
	p := ordinary()
	p.Assurance = person.ChipSigned
	p.Proofs = person.Proofs{Hashes: person.Passed, Signature: person.Passed, Chain: person.Unknown}
	return p
}

func chipSignedNoCopy() person.Person {
	p := chipSigned()
	p.Proofs.Chip = person.Passed
	return p
}

func chipSignedByIssuer() person.Person {
	p := chipSigned()
	p.Proofs.Chain = person.Passed
	return p
}

func chipRead() person.Person {
	p := longName()
	p.Assurance = person.ChipRead
	p.Proofs = person.Proofs{Hashes: person.Passed}
	return p
}

var morning = time.Date(2026, 11, 23, 9, 42, 0, 0, calendar.Zone())

type sample struct {
	name string
	s    session.State
	env  func(*Env)
}

func base(p session.Phase) session.State {
	s := session.State{Session: 1, Now: morning, Phase: p, Lang: "vi", TextSize: 100}
	for i := range s.Devices {
		s.Devices[i].Ready = true
	}
	return s
}

func load(t testing.TB) (*text.Fonts, []service.Service) {
	t.Helper()
	f, err := text.New()
	if err != nil {
		t.Fatal(err)
	}
	svc, err := service.Load(service.Builtin())
	if err != nil || len(svc) == 0 {
		t.Fatal(err, errors.New("no service"))
	}
	return f, svc
}

func environment(f *text.Fonts, svc []service.Service) Env {
	return Env{Fonts: f, Services: svc[:1], Portrait: "portrait-1",
		Site: Site{Place: "UBND xã Suối Mây", Machine: "Trạm 06", Authority: "Công an xã Suối Mây",
			Controller: "UBND xã Suối Mây", Counter: "1", Phone: "0900 000 006"},
		Board: Board{Reader: widget.Below, Scanner: widget.Right}}
}

// more makes up further services.
func more(svc []service.Service, n int) []service.Service {
	names := []string{"Đăng ký tạm trú", "Thông báo lưu trú", "Cấp bản sao trích lục hộ tịch, bản sao giấy khai sinh", "Tra cứu thẻ bảo hiểm y tế", "Đổi giấy phép lái xe", "Đăng ký khai tử"}
	out := svc[:1:1]
	for i := range n - 1 {
		s := svc[0]
		s.ID, s.Fee, s.Topic = "more"+string(rune('a'+i)), 7000*i, []string{"residence", "health", "vehicle"}[i%3]
		s.Name = service.Text{"vi": names[i], "en": "Some other public service with a longer name"}
		out = append(out, s)
	}
	return out
}

// samples is every page and sheet in every state that looks different.
func samples(svc []service.Service) []sample {
	var out []sample
	add := func(name string, p session.Phase, change func(*session.State), env ...func(*Env)) {
		s := base(p)
		if change != nil {
			change(&s)
		}
		x := sample{name: name, s: s, env: func(*Env) {}}
		if len(env) > 0 {
			x.env = env[0]
		}
		out = append(out, x)
	}
	qr := &cccd.QR{Number: "001090000638", Name: "NGUYỄN VĂN MẪU"}
	add("attract", session.Attract, nil)
	add("attract-no-printer", session.Attract, func(s *session.State) { s.Devices[session.Printer] = session.Status{Code: health.PrinterGone} })
	add("attract-no-card", session.Attract, func(s *session.State) {
		s.Devices[session.Reader], s.Devices[session.Scanner] = session.Status{Code: health.ReaderGone}, session.Status{Code: health.ScannerGone}
	})
	add("consent", session.Consent, nil)
	add("declined", session.Declined, nil)
	add("identify-scan", session.Identify, nil)
	add("identify-scan-left", session.Identify, func(s *session.State) { s.CardThere = true }, func(e *Env) { e.Board.Scanner = widget.Left })
	add("identify-lay", session.Identify, func(s *session.State) { s.QR = qr })
	add("identify-lay-right", session.Identify, func(s *session.State) { s.Digits = "000638" }, func(e *Env) { e.Board.Reader = widget.Right })
	add("identify-lay-left", session.Identify, func(s *session.State) { s.QR = qr }, func(e *Env) { e.Board.Reader = widget.Left })
	add("identify-lift", session.Identify, func(s *session.State) { s.QR, s.NeedLift, s.CardThere = qr, true, true })
	for st := session.Opening; st <= session.Photo; st++ {
		add("identify-reading-"+string(rune('0'+st)), session.Identify, func(s *session.State) {
			s.QR, s.CardThere, s.Stage = qr, true, st
			if st >= session.Checking {
				s.SoFar.Name = ordinary().Name
			}
			if st == session.Photo {
				s.SoFar.Done, s.SoFar.Total = 9000, 15000
			}
		})
	}
	add("identify-reading-long", session.Identify, func(s *session.State) {
		s.QR, s.CardThere, s.Stage, s.SoFar = qr, true, session.Photo, session.SoFar{Name: longName().Name}
	})
	for _, c := range []health.Code{health.ScanNotCard, health.ScanGarbage, health.NotIDCard, health.AccessRefused, health.ChipError, health.CardLifted,
		health.DataChanged, health.CardDiffers, health.SignatureBad, health.IssuerWrong, health.SignerExpired, health.SignerRevoked, health.ChipCloned,
		health.ReaderGone, health.ScannerGone} {
		add("problem-"+string(c), session.Identify, func(s *session.State) {
			s.QR, s.Problem, s.Attempts = qr, c, 1
			if c == health.CardLifted {
				s.Expire = morning.Add(40 * time.Second)
			}
			s.NeedLift = c == health.NotIDCard
		})
	}
	add("no-scanner", session.Identify, func(s *session.State) { s.Devices[session.Scanner].Ready = false })
	broken := func(s *session.State) { s.Devices[session.Reader].Ready, s.Problem = false, health.ReaderGone }
	add("no-reader-scan", session.Identify, broken)
	add("no-reader-qr", session.Identify, func(s *session.State) { broken(s); s.QR = qr })
	add("no-reader-typed", session.Identify, func(s *session.State) { broken(s); s.Digits = "000638" })
	add("no-reader-other", session.OtherWays, broken)
	add("no-reader-no-scanner", session.Identify, func(s *session.State) { broken(s); s.Devices[session.Scanner].Ready = false })
	add("other-ways", session.OtherWays, func(s *session.State) { s.QR, s.Attempts = qr, 1 })
	add("other-ways-no-qr", session.OtherWays, nil)
	add("type-digits", session.TypeDigits, func(s *session.State) { s.Digits = "000" })
	add("type-digits-hint", session.TypeDigits, func(s *session.State) { s.Digits, s.Hint = "0006", session.HintDigits })
	add("type-digits-full", session.TypeDigits, func(s *session.State) { s.Digits = "000638" })
	for name, p := range map[string]person.Person{"genuine": ordinary(), "long": longName(), "qr": qrOnly(), "signed": chipSigned(), "signed-no-copy": chipSignedNoCopy(),
		"signed-issuer": chipSignedByIssuer(), "read": chipRead()} {
		add("confirm-"+name, session.Confirm, func(s *session.State) { s.Person, s.CardThere = p, p.Assurance >= person.ChipRead })
		add("review-"+name, session.Review, func(s *session.State) {
			s.Person, s.Service = p, svc[0].ID
			s.Answers = map[string]string{"request": "current", "result": "vneid", "phone": "0900000006"}
		})
		add("form-show-"+name, session.Form, func(s *session.State) { s.Person, s.Service = p, svc[0].ID })
	}
	add("services-1", session.Services, nil)
	add("services-3", session.Services, nil, func(e *Env) { e.Services = more(svc, 3) })
	add("services-6", session.Services, nil, func(e *Env) { e.Services = more(svc, 6) })
	for i, st := range svc[0].Steps {
		add("form-"+st.ID, session.Form, func(s *session.State) { s.Person, s.Service, s.Step = ordinary(), svc[0].ID, i })
		switch st.Kind {
		case service.Choice:
			add("form-"+st.ID+"-chosen", session.Form, func(s *session.State) {
				s.Person, s.Service, s.Step = ordinary(), svc[0].ID, i
				s.Answers = map[string]string{st.ID: st.Options[1].Value}
			})
			add("form-"+st.ID+"-hint", session.Form, func(s *session.State) {
				s.Person, s.Service, s.Step, s.Hint = ordinary(), svc[0].ID, i, session.HintChoose
			})
		case service.Phone:
			add("form-"+st.ID+"-hint", session.Form, func(s *session.State) {
				s.Person, s.Service, s.Step, s.Digits, s.Hint = ordinary(), svc[0].ID, i, "09000", session.HintPhone
			})
			add("form-"+st.ID+"-full", session.Form, func(s *session.State) {
				s.Person, s.Service, s.Step, s.Digits = ordinary(), svc[0].ID, i, "0900000006"
			})
		}
	}
	add("review-not-kept", session.Review, func(s *session.State) {
		s.Person, s.Service, s.Problem = ordinary(), svc[0].ID, health.NotKept
		s.Answers = map[string]string{"request": "current", "result": "paper"}
	})
	sent := func(s *session.State) {
		s.Person, s.Service, s.Dossier, s.Number, s.SavedAt = ordinary(), svc[0].ID, "d", "SM06-2311-0042", morning
	}
	add("submitting-keeping", session.Submitting, func(s *session.State) { s.Person = ordinary() })
	add("submitting-sending", session.Submitting, sent)
	for _, o := range []session.Outcome{session.Accepted, session.Kept, session.Rejected} {
		ended := func(s *session.State, pr session.PrintState) {
			sent(s)
			s.Outcome, s.At, s.Print, s.CardThere, s.Prints = o, morning, pr, true, 1
			s.Due = time.Date(2026, 11, 26, 16, 0, 0, 0, calendar.Zone())
			switch o {
			case session.Kept:
				s.Problem = health.NetDown
				s.Devices[session.Network] = session.Status{Code: health.NetDown}
			case session.Rejected:
				s.Problem = health.Refused
			}
			switch pr {
			case session.PrintBroken:
				s.PrintCode = health.PaperOut
			case session.PrintUnclear:
				s.PrintCode = health.PrintUnclear
			}
		}
		add("submitting-"+o.String(), session.Submitting, func(s *session.State) { ended(s, session.Printing) })
		for i, pr := range []session.PrintState{session.Printing, session.PrintDone, session.PrintBroken, session.PrintUnclear} {
			add("done-"+o.String()+"-"+[]string{"printing", "printed", "broken", "unclear"}[i], session.Done, func(s *session.State) {
				ended(s, pr)
				s.Expire = morning.Add(60 * time.Second)
			})
		}
		add("done-"+o.String()+"-no-card", session.Done, func(s *session.State) { ended(s, session.PrintDone); s.CardThere = false })
	}
	for _, o := range []session.Outcome{session.Accepted, session.Cancelled, session.TimedOut} {
		add("goodbye-"+o.String(), session.Goodbye, func(s *session.State) { s.Outcome = o })
	}
	add("goodbye-card", session.Goodbye, func(s *session.State) { s.Outcome, s.CardThere = session.Accepted, true })
	add("closed", session.Closed, func(*session.State) {})
	add("closed-code", session.Closed, func(s *session.State) { s.Problem = health.ConfigFile })
	add("closed-card", session.Closed, func(s *session.State) { s.CardThere, s.Problem = true, health.NotKept })
	for p := session.Attract; p <= session.Done; p++ {
		if p != session.Submitting {
			add("help-"+p.String(), p, func(s *session.State) { s.Sheet = session.HelpSheet })
		}
	}
	add("help-problem", session.Identify, func(s *session.State) { s.Sheet, s.Problem = session.HelpSheet, health.ChipError })
	add("cancel", session.Form, func(s *session.State) { s.Sheet, s.CardThere, s.Person = session.CancelSheet, true, ordinary() })
	add("cancel-no-card", session.Consent, func(s *session.State) { s.Sheet = session.CancelSheet })
	add("idle", session.Review, func(s *session.State) {
		s.Sheet, s.Person, s.Expire = session.IdleSheet, ordinary(), morning.Add(24*time.Second)
	})
	add("lifted", session.Services, func(s *session.State) {
		s.Sheet, s.Person, s.Expire = session.LiftedSheet, ordinary(), morning.Add(36*time.Second)
	})
	return out
}
