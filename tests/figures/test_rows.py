from crack_pipeline.figures.canvas import new_plot
from crack_pipeline.figures.rows import leave_margin, write_beside


def test_text_beside_a_row_stays_right_of_the_plot_and_inside_the_figure():
    figure, axes = new_plot(title="", x_label="", y_label="")
    leave_margin(figure)
    axes.set_ylim(2.5, -0.5)
    write_beside(axes, 1, "0.861  (0.840 to 0.880)")
    figure.draw_without_rendering()
    text, plot = axes.texts[0].get_window_extent(), axes.get_window_extent()
    assert plot.x1 < text.x0 < text.x1 < figure.bbox.x1
    assert abs((text.y0 + text.y1) / 2 - (plot.y0 + plot.y1) / 2) < 3
