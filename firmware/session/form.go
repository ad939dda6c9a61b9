package session

import (
	"maps"

	"tram06/firmware/dossier"
	"tram06/firmware/service"
)

// maxPhone bounds what is typed; service.Validate decides what is a number.
const maxPhone = 10

func (t *turn) onForm(ev Event) {
	switch t.s.Phase {
	case Services:
		t.onServices(ev)
	case Form:
		t.onStep(ev)
	case Review:
		t.onReview(ev)
	}
}

func (t *turn) onServices(ev Event) {
	switch ev := ev.(type) {
	case ChooseService:
		if _, ok := t.m.Service(ev.ID); ok {
			if ev.ID != t.s.Service {
				t.s.Answers = nil
			}
			t.s.Service = ev.ID
			t.s.Editing = false
			t.step(0)
		}
	case Back:
		t.goTo(Confirm)
	}
}

// step opens the i-th page of the form.
func (t *turn) step(i int) {
	svc, _ := t.m.Service(t.s.Service)
	t.goTo(Form)
	t.s.Step = i
	t.s.Digits = ""
	if st := svc.Steps[i]; st.Kind == service.Phone {
		t.s.Digits = t.s.Answers[st.ID]
	}
}

// answer changes one answer, never the map that an earlier state holds.
func (t *turn) answer(step, value string) {
	a := maps.Clone(t.s.Answers)
	if a == nil {
		a = map[string]string{}
	}
	if value == "" {
		delete(a, step)
	} else {
		a[step] = value
	}
	t.s.Answers = a
}

func (t *turn) onStep(ev Event) {
	s := &t.s
	svc, ok := t.m.Service(s.Service)
	if !ok || s.Step >= len(svc.Steps) {
		t.goTo(Services)
		return
	}
	st := svc.Steps[s.Step]
	switch ev := ev.(type) {
	case Answer:
		if ev.Step == st.ID && st.Kind == service.Choice && st.HasOption(ev.Value) {
			t.answer(st.ID, ev.Value)
			s.Hint = NoHint
		}
	case Digit:
		if st.Kind == service.Phone && len(s.Digits) < maxPhone && ev.D <= 9 {
			s.Digits += string('0' + ev.D)
			s.Hint = NoHint
		}
	case EraseDigit:
		if st.Kind == service.Phone && s.Digits != "" {
			s.Digits = s.Digits[:len(s.Digits)-1]
			s.Hint = NoHint
		}
	case Skip:
		if st.Optional {
			t.answer(st.ID, "")
			t.onward(svc)
		}
	case Next:
		t.next(svc, st)
	case Back:
		switch {
		case s.Editing:
			t.review()
		case s.Step > 0:
			t.step(s.Step - 1)
		default:
			t.goTo(Services)
		}
	}
}

// next leaves a step once it is answered.
func (t *turn) next(svc service.Service, st service.Step) {
	s := &t.s
	switch st.Kind {
	case service.Choice:
		if s.Answers[st.ID] == "" && !st.Optional {
			s.Hint = HintChoose
			return
		}
	case service.Phone:
		if s.Digits == "" && st.Optional {
			t.answer(st.ID, "")
			break
		}
		if !service.ValidPhone(s.Digits) {
			s.Hint = HintPhone
			return
		}
		t.answer(st.ID, s.Digits)
	}
	t.onward(svc)
}

func (t *turn) onward(svc service.Service) {
	if t.s.Editing || t.s.Step+1 >= len(svc.Steps) {
		t.review()
		return
	}
	t.step(t.s.Step + 1)
}

func (t *turn) review() {
	t.s.Editing = false
	t.s.Digits = ""
	t.goTo(Review)
}

func (t *turn) onReview(ev Event) {
	s := &t.s
	svc, ok := t.m.Service(s.Service)
	if !ok {
		t.goTo(Services)
		return
	}
	switch ev := ev.(type) {
	case Back:
		t.step(len(svc.Steps) - 1)
	case Edit:
		for i, st := range svc.Steps {
			if st.ID == ev.Step {
				t.step(i)
				s.Editing = true
			}
		}
	case Submit:
		if err := service.Validate(svc, s.Answers); err != nil {
			// Cannot happen through the pages; if it does, begin with the
			// first page rather than send what the gateway would refuse.
			t.step(0)
			return
		}
		t.save(svc)
	}
}

func (t *turn) save(svc service.Service) {
	s := &t.s
	t.goTo(Submitting)
	s.Expire = t.in(t.m.cfg.Timeouts.SendWait)
	s.Saving = t.newID()
	p := s.Person
	p.Portrait.Data, p.Portrait.Image = nil, nil // shown, never kept, never sent
	t.want(Save{ID: s.Saving, Draft: dossier.Draft{
		Service: svc.ID, ServiceVersion: svc.Version, Procedure: svc.Code, Lang: s.Lang,
		Person: p, Answers: maps.Clone(s.Answers), ConsentAt: s.ConsentAt,
	}})
}
