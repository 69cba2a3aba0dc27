//! What the page prints of a race, what the command prints and what is in the files is the same: names, every number, every
//! sentence about claims. The command's own code trains the same runs natively.

#[path = "../engine/mnist/mod.rs"]
mod mnist;

use crate::session::{Page, WebGpu, with_page};
use anyhow::{Context, Result, ensure};
use blue_cube::data::{Dataset, TrainOn};
use blue_cube::number;
use blue_cube::race::experiment::claim::Verdict;
use blue_cube::race::experiment::course::LaneCourse;
use blue_cube::race::experiment::outcome::FigureOutcome;
use blue_cube::race::experiment::{Experiment, ExperimentLane, FIGURE_DIGITS, Figure, experiment};
use blue_cube::scene::hash;
use serde_json::{Value, json};

/// Digits of the lanes' accuracies and of the names at the ends of curves.
const SHARE_DIGITS: usize = 3;

/// Records the text of what the page saves, by the name of the file, instead of saving it.
const KEEP: &str = "window.kept = {};
    const texts = new Map();
    URL.createObjectURL = (blob) => { const url = `data:,${texts.size}`; texts.set(url, blob.text()); return url; };
    HTMLAnchorElement.prototype.click = function () {
        const { download, href } = this;
        texts.get(href).then((text) => { window.kept[download] = text; });
    };";

/// What the page shows of a race that is done: the table's head and rows, the lanes, the claims, "reported and measured here".
const SHOWN: &str = "const texts = (css) => [...document.querySelectorAll(css)].map((row) => [...row.children].map((cell) => cell.textContent.trim()));
    return {
        columns: texts('.race-rows thead tr')[0],
        rows: texts('.race-rows tbody tr'),
        lanes: [...document.querySelectorAll('#race-lanes .row')].map((row) => [row.querySelector('b').textContent, row.querySelector('.acc').textContent]),
        claims: [...document.querySelectorAll('#race-claims li')].map((item) => item.textContent.replace(/^\\S\\s+/, '')),
        reported: texts('#race-experiment tbody tr'),
        chart: document.querySelector('#race-charts .sheets title').textContent,
    }";

/// A lane as the command trains it.
struct Native {
    name: String,
    course: LaneCourse,
    outcomes: Vec<FigureOutcome>,
    /// What the command prints after each epoch.
    lines: Vec<String>,
}

async fn run_natively(lanes: &[ExperimentLane], epochs: u32, data: &Dataset) -> Result<Vec<Native>> {
    let mut all = vec![];
    for lane in lanes {
        let (mut course, mut lines) = (LaneCourse::new(lane).await?, vec![]);
        for _ in 0..epochs {
            ensure!(course.train_epoch(data).await?, "{} ended", lane.name);
            lines.push(course.line(data));
        }
        all.push(Native { name: lane.name.clone(), outcomes: course.outcomes(data), course, lines });
    }
    Ok(all)
}

/// The tutorial's net on 300 images, against what Keras reported of all.
#[tokio::test]
async fn the_page_the_command_and_the_files_agree_on_an_experiment() -> Result<()> {
    let whole = mnist::dataset();
    let few = TrainOn::FirstOfEachClass(30);
    let experiment = Experiment { train_on: few, ..experiment("A-gn5", false).context("no experiment")? };
    let data = few.part(&whole)?.context("all images")?;
    let native = run_natively(&experiment.lanes, experiment.epochs, &data).await?;
    let found: Vec<_> = native.iter().map(|lane| lane.course.found(&data)).collect();
    let verdicts: Vec<String> = experiment.verdicts(&found).iter().map(Verdict::said).collect();
    with_page(WebGpu::None, "#p=A-gn5&on=30&engine=cpu", async |page| {
        let shown = page.race_to_its_end().await?;
        compare(page, &shown, &native, &data).await?;
        ensure!(shown["claims"] == json!(verdicts), "claims {}, the command says {verdicts:#?}", shown["claims"]);
        let reported = shown["reported"].as_array().context("no table")?;
        let n_reported: usize = experiment.lanes.iter().map(|lane| lane.reported.len()).sum();
        ensure!(reported.len() == n_reported, "{reported:?}");
        for row in reported {
            let [lane, what, theirs, ours] = &strings(row)?[..] else { anyhow::bail!("a row of {row}") };
            let (figure, epoch) = what.rsplit_once(", epoch ").context("no epoch")?;
            let line = line_of(&native, lane, epoch.parse()?)?;
            let said = format!("{figure} {ours} ({theirs} reported, ");
            ensure!(line.contains(&said), "the page says {said:?}, the command {line:?}");
        }
        Ok(())
    })
    .await
}

/// Norms that learn something of their own and keep running statistics, for epochs after which the rate is lowered.
#[tokio::test]
async fn the_page_the_command_and_the_files_agree_on_a_setup() -> Result<()> {
    const LINK: &str =
        "net=tutorial&data=mnist&opt=adam&lr=0.5&bs=8&lanes=bn,bin,sn~b4&on=3&epochs=5&plateau=1&engine=cpu";
    let setup = hash::read(LINK).scene.race;
    let whole = mnist::dataset();
    let data = setup.train_on.part(&whole)?.context("all images")?;
    let runs = setup.runs().runs;
    let lane = |run: &blue_cube::setup::LaneRun| ExperimentLane {
        name: run.name.clone(),
        spec: run.spec.clone(),
        reported: vec![],
        source_seconds: None,
    };
    let native = run_natively(&runs.iter().map(lane).collect::<Vec<_>>(), setup.epochs, &data).await?;
    let is_lowered = |lane: &Native| !lane.course.lane().history().marks.is_empty();
    ensure!(native.iter().any(is_lowered), "no rate was lowered: choose another seed");
    with_page(WebGpu::None, &format!("#{LINK}"), async |page| {
        let shown = page.race_to_its_end().await?;
        compare(page, &shown, &native, &data).await
    })
    .await
}

async fn compare(page: &Page, shown: &Value, native: &[Native], data: &Dataset) -> Result<()> {
    let names: Vec<&str> = native.iter().map(|lane| &*lane.name).collect();
    let columns = strings(&shown["columns"])?;
    let rows: Vec<Vec<String>> =
        shown["rows"].as_array().context("no rows")?.iter().map(strings).collect::<Result<_>>()?;
    ensure!(rows.len() == native.iter().map(|lane| lane.lines.len()).sum::<usize>(), "{rows:#?}");
    for row in &rows {
        let line = line_of(native, &row[1], row[0].parse()?)?;
        for (name, value) in
            columns.iter().zip(row).skip(2).filter(|(name, value)| *name != "test images" && *value != "·")
        {
            ensure!(line.contains(&format!("{name} {value}")), "the page says {name} {value}, the command {line:?}");
        }
    }
    for (lane, row) in native.iter().zip(shown["lanes"].as_array().context("no lanes")?) {
        let last = lane.course.lane().history().evaluations.iter().rfind(|judged| judged.batch_statistics.is_none());
        let accuracy = number::share(f64::from(last.context("not evaluated")?.accuracy), SHARE_DIGITS);
        ensure!(
            *row == json!([lane.name, accuracy]),
            "the page's lane is {row}, the command's {} {accuracy}",
            lane.name
        );
        let told = format!("{} {accuracy}", lane.name);
        let chart = shown["chart"].as_str().context("no chart")?;
        ensure!(chart.contains(&told), "the chart says {chart:?}, not {told}");
    }
    let json: Value = serde_json::from_str(&page.race_file("race-json", ".json").await?)?;
    let lanes = json["lanes"].as_array().context("no lanes in the file")?;
    ensure!(lanes.iter().map(|lane| lane["name"].as_str()).eq(names.iter().map(|name| Some(*name))), "names in {json}");
    let (steps, epochs) =
        (page.race_file("race-csv", "-steps.csv").await?, page.race_file("race-csv-epochs", "-epochs.csv").await?);
    let picture = page.race_file("race-svg", ".svg").await?;
    for (lane, file) in native.iter().zip(lanes) {
        of_json(lane, file)?;
        of_csv(lane, &steps, &epochs, &columns, &rows)?;
        for mark in &lane.course.lane().history().marks {
            let said = mark.change.said();
            ensure!(picture.contains(&said), "the picture lacks {said:?}");
            ensure!(lane.lines.iter().any(|line| line.contains(&said)), "the command lacks {said:?}");
        }
    }
    // From the file's numbers alone, the page's own ones.
    for row in &rows {
        let at = names.iter().position(|name| *name == row[1]).context("no lane")?;
        let (loss, accuracy) = means_of(&lanes[at], row[0].parse()?, data.n_ready())?;
        let printed = [loss, accuracy].map(|mean| number::fixed(mean, FIGURE_DIGITS));
        ensure!(printed[..] == row[2..4], "the file gives {printed:?}, the page has {row:?}");
    }
    Ok(())
}

/// A lane's file has every step and evaluation to the bit.
fn of_json(lane: &Native, file: &Value) -> Result<()> {
    let history = lane.course.lane().history();
    let numbers = |values: &Value| -> Vec<f32> {
        values.as_array().into_iter().flatten().filter_map(Value::as_f64).map(|value| value as f32).collect()
    };
    let own: [Vec<f32>; 2] = [
        history.steps.iter().map(|step| step.loss).collect(),
        history.steps.iter().map(|step| step.accuracy).collect(),
    ];
    ensure!(
        [numbers(&file["losses"]), numbers(&file["accuracies"])] == own,
        "{}: steps differ from the file's",
        lane.name
    );
    let judgements = file["judgements"].as_array().context("no judgements")?;
    let evaluations: Vec<_> =
        judgements.iter().flat_map(|one| [&one["judged"], &one["byBatch"]]).filter(|one| !one.is_null()).collect();
    for own in &history.evaluations {
        let is_it = |file: &&&Value| {
            file["step"] == own.step
                && file["nImages"] == own.n_images
                && file["batchStatistics"] == json!(own.batch_statistics)
        };
        let file = evaluations.iter().find(is_it).with_context(|| format!("{}: the file lacks {own:?}", lane.name))?;
        ensure!(
            numbers(&json!([file["loss"], file["accuracy"]])) == [own.loss, own.accuracy],
            "{}: {file}, here {own:?}",
            lane.name
        );
    }
    for learnt in lane.outcomes.iter().filter(|outcome| matches!(outcome.figure, Figure::Rho | Figure::BatchWeight)) {
        let at = judgements.iter().rfind(|one| one["judged"]["epoch"] == learnt.epoch).context("no such epoch")?;
        let norms = at["norms"].as_array().context("no norms")?;
        let of_batch = |norm: &Value| numbers(&norm["mix"]).into_iter().skip(2).step_by(3).collect();
        let values = |norm: &Value| if learnt.figure == Figure::Rho { numbers(&norm["rho"]) } else { of_batch(norm) };
        let all: Vec<f32> = norms.iter().flat_map(values).collect();
        let mean = all.iter().sum::<f32>() / all.len() as f32;
        ensure!((mean - learnt.ours).abs() < 1e-6, "{}: {mean} in the file, {learnt:?}", lane.name);
    }
    let marks: Vec<Value> = history.marks.iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
    let rate = |mark: &Value| (mark["step"].clone(), mark["change"]["learning-rate"].as_f64().map(|rate| rate as f32));
    let in_file = file["marks"].as_array().context("no marks")?;
    ensure!(in_file.iter().map(rate).eq(marks.iter().map(rate)), "{}: marks {in_file:?}, here {marks:?}", lane.name);
    Ok(())
}

/// The rows of both CSV files, printed with the page's digits, are the page's, and the single steps are ours to the bit.
fn of_csv(lane: &Native, steps: &str, epochs: &str, columns: &[String], rows: &[Vec<String>]) -> Result<()> {
    let own =
        |csv: &str| -> Vec<Vec<String>> { records(csv).into_iter().filter(|record| record[0] == lane.name).collect() };
    let of_steps: Vec<Vec<String>> = own(steps).into_iter().filter(|record| record[2] == "training").collect();
    let history = lane.course.lane().history();
    ensure!(of_steps.len() == history.steps.len(), "{}: {} steps in the file", lane.name, of_steps.len());
    for (record, step) in of_steps.iter().zip(&history.steps) {
        let written: [f32; 2] = [record[6].parse()?, record[7].parse()?];
        ensure!(written == [step.loss, step.accuracy], "{record:?}, here {step:?}");
    }
    let head = &records(epochs)[0];
    for (record, row) in own(epochs).iter().zip(rows.iter().filter(|row| row[1] == lane.name)) {
        ensure!(record[2] == row[0], "epoch {} in the file, {} in the page", record[2], row[0]);
        for (name, value) in columns.iter().zip(row).skip(2).filter(|(_, value)| *value != "·") {
            let at = head.iter().position(|column| column == name).with_context(|| format!("the file lacks {name}"))?;
            // Nine digits identify an f32.
            let written = f64::from(record[at].parse::<f32>()?);
            let is_count = name == "test images";
            let printed = if is_count { number::count(written as u32) } else { number::fixed(written, FIGURE_DIGITS) };
            ensure!(
                printed == *value,
                "{}, epoch {}: {name} {printed} in the file, {value} in the page",
                lane.name,
                row[0]
            );
        }
    }
    Ok(())
}

/// Mean loss and accuracy of an epoch, from the steps in a lane's file.
fn means_of(file: &Value, epoch: u32, epoch_images: u32) -> Result<(f64, f64)> {
    let pairs: Vec<[u32; 2]> = serde_json::from_value(file["batches"].clone())?;
    let sizes = pairs.into_iter().flat_map(|[steps, images]| std::iter::repeat_n(images, steps as usize));
    let (mut seen, mut sums) = (0, [0.0; 3]);
    for (at, images) in sizes.enumerate() {
        if seen / epoch_images + 1 == epoch {
            // Nine digits identify an f32.
            let value =
                |name: &str| file[name][at].as_f64().map(|value| f64::from(value as f32)).context("not a number");
            let weight = f64::from(images);
            sums = [sums[0] + weight * value("losses")?, sums[1] + weight * value("accuracies")?, sums[2] + weight];
        }
        seen += images;
    }
    let mean = |sum: f64| f64::from((sum / sums[2]) as f32);
    Ok((mean(sums[0]), mean(sums[1])))
}

/// What the command prints about a lane's epoch.
fn line_of<'a>(native: &'a [Native], lane: &str, epoch: usize) -> Result<&'a str> {
    let named =
        native.iter().find(|native| native.name == lane).with_context(|| format!("the command has no lane {lane}"))?;
    named.lines.get(epoch - 1).map(String::as_str).with_context(|| format!("the command has no epoch {epoch}"))
}

/// The records of a CSV file, some of whose cells are quoted.
fn records(csv: &str) -> Vec<Vec<String>> {
    let record = |line: &str| {
        let (mut cells, mut is_quoted) = (vec![String::new()], false);
        for letter in line.chars() {
            match letter {
                '"' => is_quoted = !is_quoted,
                ',' if !is_quoted => cells.push(String::new()),
                other => cells.last_mut().expect("never empty").push(other),
            }
        }
        cells
    };
    csv.lines().map(record).collect()
}

fn strings(row: &Value) -> Result<Vec<String>> {
    Ok(serde_json::from_value(row.clone())?)
}

impl Page {
    /// Runs the race with its table open, until its claims are decided; what is then shown.
    async fn race_to_its_end(&self) -> Result<Value> {
        self.until_drawn().await?;
        self.js(KEEP, vec![]).await?;
        self.until(
            "the experiment is told",
            "!location.hash.includes('race=') || document.querySelector('#race-claims li')",
        )
        .await?;
        self.click("#race-play").await?;
        self.until_done().await?;
        self.click("#race-as-table").await?;
        self.until(
            "all is judged",
            "[...document.querySelectorAll('#race-claims li')].every(item => item.dataset.holds)",
        )
        .await?;
        let is_whole = "(rows => rows.length && rows.every(row => row.children[5].textContent !== '·'))([...document.querySelectorAll('.race-rows tbody tr')])";
        self.until("the table is whole", is_whole).await?;
        // Charts are drawn while they are in view.
        self.js("document.querySelector('#race-charts').scrollIntoView({ behavior: 'instant' })", vec![]).await?;
        let all = "[...document.querySelectorAll('#race-lanes .row')].every(row => document.querySelector('#race-charts .sheets title').textContent.includes(`${row.querySelector('b').textContent} ${row.querySelector('.acc').textContent}`))";
        self.until("the chart is told", all).await?;
        self.js(SHOWN, vec![]).await
    }

    /// The text of a file of the race.
    async fn race_file(&self, button: &str, end: &str) -> Result<String> {
        self.js("document.getElementById(arguments[0]).click()", vec![json!(button)]).await?;
        let kept = format!("Object.entries(kept).find(([name]) => name.endsWith('{end}'))");
        self.until("the file is there", &kept).await?;
        Ok(self.js(&format!("return {kept}[1]"), vec![]).await?.as_str().context("no text")?.to_owned())
    }
}
