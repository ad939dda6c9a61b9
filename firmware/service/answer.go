package service

// HasOption tells whether v is one of the step's options.
func (s Step) HasOption(v string) bool {
	for _, o := range s.Options {
		if o.Value == v {
			return true
		}
	}
	return false
}

// ValidPhone tells whether v is a Vietnamese telephone number as people write
// it: ten digits, the first one 0.
func ValidPhone(v string) bool {
	if len(v) != 10 || v[0] != '0' {
		return false
	}
	for _, c := range []byte(v) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// AnswerError says which answer does not fit and how. It holds no answer: what
// a citizen typed belongs in no log.
type AnswerError struct {
	Step   string
	Reason string
}

func (e *AnswerError) Error() string { return "answer to step " + e.Step + ": " + e.Reason }

// Validate checks a citizen's answers against a service. The kiosk does so
// before it keeps a dossier, the gateway before it takes one.
func Validate(svc Service, answers map[string]string) error {
	known := map[string]bool{}
	for _, st := range svc.Steps {
		known[st.ID] = true
		v, given := answers[st.ID]
		switch {
		case st.Kind == Show:
			if given {
				return &AnswerError{st.ID, "takes no answer"}
			}
		case !given && !st.Optional:
			return &AnswerError{st.ID, "is missing"}
		case !given:
		case st.Kind == Choice && !st.HasOption(v):
			return &AnswerError{st.ID, "is none of the options"}
		case st.Kind == Phone && !ValidPhone(v):
			return &AnswerError{st.ID, "is no telephone number of ten digits beginning with 0"}
		}
	}
	for id := range answers {
		if !known[id] {
			// The key came from outside and may be anything: it is not repeated.
			return &AnswerError{"?", "is for no step of this service"}
		}
	}
	return nil
}
