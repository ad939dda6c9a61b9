package intake

import (
	"errors"
	"fmt"

	"tram06/firmware/dossier"
	"tram06/firmware/service"
)

// FormChecker checks a body against the very files that the kiosk filled it in
// from: the service's version that was in force on the dossier's date.
func FormChecker(services []service.Service) Checker {
	return func(b dossier.Body) error {
		for _, s := range services {
			if s.ID != b.Service || s.Version != b.Version {
				continue
			}
			if !s.InForce(b.CreatedAt) {
				return fmt.Errorf("version %s of the service was not in force on the dossier's date", s.Version)
			}
			if s.Code != b.Procedure {
				return errors.New("the procedure is not the service's")
			}
			return service.Validate(s, b.Answers)
		}
		return errors.New("this version of the service is not known here")
	}
}
