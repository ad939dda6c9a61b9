package service

import "tram06/firmware/person"

// Step finds a step by its id.
func (s Service) Step(id string) (Step, bool) {
	for _, st := range s.Steps {
		if st.ID == id {
			return st, true
		}
	}
	return Step{}, false
}

// Answered gives the words for an answer in lang: the label of the option, or
// the telephone number in groups. It is "" where nothing fitting was answered.
func (s Step) Answered(answer, lang string) string {
	switch s.Kind {
	case Choice:
		for _, o := range s.Options {
			if o.Value == answer {
				return o.Label.In(lang)
			}
		}
	case Phone:
		if ValidPhone(answer) {
			return answer[:4] + " " + answer[4:7] + " " + answer[7:]
		}
	}
	return ""
}

// Prefill gives what the Show steps lay before a citizen, by the names of
// Fields. A field that the card did not tell is "". The number is masked.
func Prefill(p person.Person) map[string]string {
	return map[string]string{
		"name":      p.Name,
		"birth":     p.Birth,
		"sex":       p.Sex,
		"number":    p.Masked(),
		"ethnicity": p.Ethnicity,
		"origin":    p.Origin,
		"residence": p.Residence,
	}
}
