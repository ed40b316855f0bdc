// The files of VGG Image Annotator that its reader is tested on, written by VIA's own code:
//
//     node make_via.js VIA.JS OUTPUT
//
// VIA.JS is via.js of version 1 or 2 (https://gitlab.com/vgg/via). Pictures and expected.json lie beside them already.

const fs = require("fs");
const path = require("path");
const vm = require("vm");

const [source, output] = process.argv.slice(2);
const nothing = new Proxy(function () {}, {
  get: (_, key) => (key === Symbol.toPrimitive ? () => "" : nothing),
  set: () => true,
  apply: () => nothing,
  construct: () => nothing,
});
const via = vm.createContext({
  document: nothing,
  window: nothing,
  localStorage: nothing,
  console: { log: () => {} },
  Blob: class { constructor(parts) { this.text = parts.join(""); } },
});
vm.runInContext(fs.readFileSync(source, "utf8"), via);

const picture = fs.statSync(path.join(__dirname, "files", "via", "a.jpg")).size;
const shapes = [
  [{ name: "polygon", all_points_x: [20, 45, 40, 10], all_points_y: [80, 95, 140, 130] }, "leaf"],
  [{ name: "ellipse", cx: 50, cy: 45, rx: 30, ry: 20, theta: 0 }, "blob"],
  [{ name: "circle", cx: 120, cy: 40, r: 15 }, "blob"],
  [{ name: "rect", x: 150, y: 100, width: 40, height: 50 }, "plate"],
  [{ name: "polyline", all_points_x: [0, 5], all_points_y: [0, 5] }, "way"],
];
const old = via._via_img_metadata && !via.project_save_confirmed;
const made = old ? new via.ImageMetadata("a.jpg", "a.jpg", picture) : new via.file_metadata("a.jpg", picture);
for (const [shape, label] of shapes) {
  const region = old ? new via.ImageRegion() : new via.file_region();
  Object.assign(region.shape_attributes, shape);
  Object.assign(region.region_attributes, { label: label, quality: old ? "good" : { good: true } });
  made.regions.push(region);
}
via._via_img_metadata["a.jpg" + picture] = made;
fs.mkdirSync(output, { recursive: true });
if (old) {
  fs.writeFileSync(path.join(output, "via_region_data.json"), via.pack_via_metadata("json").join(""));
} else {
  via.project_init_default_project();
  via._via_image_id_list.push("a.jpg" + picture);
  via.save_data_to_local_file = (blob, name) => fs.writeFileSync(path.join(output, name), blob.text);
  via.user_input_default_cancel_handler = () => {};
  via.project_save_confirmed({ project_name: { value: "via_project" } });
  via.pack_via_metadata("csv").then((data) => fs.writeFileSync(path.join(output, "via_export.csv"), data.join("")));
}
