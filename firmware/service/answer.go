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
