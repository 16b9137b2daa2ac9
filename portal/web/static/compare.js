// Strains side by side: the grid, and downloads of what it shows.
import { Grid } from "./grid.js";

const grid = new Grid(document.getElementById("grid-frame"), document.getElementById("grid-tools"), document.getElementById("grid-count"));
const status = document.getElementById("grid-count");
grid.load(document.getElementById("comparison").dataset.rows, (text) => { status.textContent = text; });
