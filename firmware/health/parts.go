package health

// parts are the names for people of what is examined of a machine beside its
// devices.
var parts = map[string]Words{
	"config":       {VI: "Cấu hình", EN: "Configuration"},
	"kiosk":        {VI: "Kiosk", EN: "Kiosk"},
	"network":      {VI: "Mạng", EN: "Network"},
	"gateway":      {VI: "Cổng tiếp nhận", EN: "Gateway"},
	"fleet":        {VI: "Máy chủ giám sát", EN: "Fleet"},
	"time":         {VI: "Giờ máy", EN: "System time"},
	"disk":         {VI: "Đĩa", EN: "Disk"},
	"memory":       {VI: "Bộ nhớ", EN: "Memory"},
	"temperature":  {VI: "Nhiệt độ", EN: "Temperature"},
	"power":        {VI: "Nguồn điện", EN: "Power"},
	"certificates": {VI: "Chứng thư", EN: "Certificates"},
	"trust":        {VI: "Đơn vị cấp thẻ", EN: "Card authorities"},
}

// PartName is what people call a part that is examined: a device, or something
// of the machine. One that this program does not know has its key.
func PartName(key string) Words {
	if w, ok := parts[key]; ok {
		return w
	}
	return DeviceName(key)
}

// examinations are the names for people of the several examinations of a part.
// Those that are keys of site.yaml or files stay as they are.
var examinations = map[string]Words{
	"name":    {VI: "tên", EN: "name"},
	"connect": {VI: "kết nối", EN: "connect"},
	"tls":     {VI: "TLS", EN: "TLS"},
	"answer":  {VI: "trả lời", EN: "answer"},
	"log-in":  {VI: "đăng nhập", EN: "log-in"},
	"space":   {VI: "chỗ trống", EN: "space"},
	"write":   {VI: "ghi", EN: "write"},
	"offset":  {VI: "so với cổng", EN: "against the gateway"},
	"close":   {VI: "đóng", EN: "close"},
}

// ExaminationName is what people call one of several examinations of a part.
func ExaminationName(key string) Words { return named(examinations, key) }
